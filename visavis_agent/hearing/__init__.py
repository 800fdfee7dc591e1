"""Hearing: sound in; who speaks when, how it sounds and what was said, out."""
