"""The line that a visitor types in the window."""

from __future__ import annotations

LONGEST = 1000


class TextLine:
    """What is typed so far; there is no cursor, it grows and shrinks at its end."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        """Add what keys gave; control characters and what is past the longest line are left out."""
        added = "".join(character for character in text if character.isprintable())
        if not self.text:
            added = added.lstrip()
        self.text = (self.text + added)[:LONGEST]

    def erase(self) -> None:
        """Take the last character away."""
        self.text = self.text[:-1]

    def empty(self) -> None:
        self.text = ""

    def take(self) -> str:
        """The line, which is empty then."""
        text, self.text = self.text.strip(), ""
        return text
