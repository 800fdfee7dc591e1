"""Phrases as PocketSphinx is given them: words as its dictionary spells them, and a grammar of whole phrases."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from visavis_agent.hearing.pronunciation import plain_letters

_WORD = re.compile(r"[^\W_]+(?:['.][^\W_]+)*\.?", re.UNICODE)


def normal(text: str) -> str:
    """Lower-case words without punctuation and accents, as the dictionary spells them."""
    return " ".join(word.strip(".") for word in _WORD.findall(plain_letters(text).lower().replace("’", "'")))


def grammar_of(phrases: Iterable[str]) -> str:
    """A JSGF grammar of whole phrases; beginnings that they share are decoded once."""
    tree: _Tree = {}
    for phrase in phrases:
        node = tree
        for word in phrase.split():
            node = node.setdefault(word, {})
        node[_END] = {}
    return f"#JSGF V1.0; grammar phrases; public <phrase> = {_choice(tree)};"


_Tree = dict[str, Any]
_END = ""


def _choice(tree: _Tree) -> str:
    """The ways on from a place in a phrase."""
    ways = [f"{word} {_rest(node)}".strip() for word, node in tree.items() if word != _END]
    return " | ".join(ways)


def _rest(node: _Tree) -> str:
    if set(node) == {_END}:
        return ""
    return f"[ {_choice(node)} ]" if _END in node else f"( {_choice(node)} )"
