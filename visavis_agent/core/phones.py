"""The phone set that speech and motion share: ARPAbet, lower case, plus `ax` (schwa) and `pau` (silence)."""

from __future__ import annotations

VOWELS: frozenset[str] = frozenset(
    ("aa", "ae", "ah", "ao", "aw", "ax", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy", "uh", "uw")
)
CONSONANTS: frozenset[str] = frozenset(
    ("b", "ch", "d", "dh", "f", "g", "hh", "jh", "k", "l", "m", "n")
    + ("ng", "p", "r", "s", "sh", "t", "th", "v", "w", "y", "z", "zh")
)
SILENCE = "pau"
PHONES: frozenset[str] = VOWELS | CONSONANTS | {SILENCE}
