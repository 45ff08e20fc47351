"""Readers: bytes of a stranger in, rows of text out; nothing is typed and nothing is guessed here."""
