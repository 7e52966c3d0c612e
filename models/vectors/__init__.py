"""Vectors from outside: files and pasted text, read without trusting a byte of them."""
