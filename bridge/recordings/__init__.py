"""Recordings: the one format that promises compatibility, what is kept in it, and what is read of a server into it."""
