"""MAX's post-message protocol as pure rules: plain data in, plain data out (max-post-message.md)."""
