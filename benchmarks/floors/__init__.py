"""Servers that do the least, run as scripts in processes of their own."""
