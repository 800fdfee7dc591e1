from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.speech.clauses import split


def parts(text: str, limit: int = 160, first: int = 160) -> list[str]:
    return [text[a:b] for a, b in split(text, limit, first)]


def test_sentences_are_clauses() -> None:
    assert parts("Hello! How are you? Fine.") == ["Hello!", "How are you?", "Fine."]
    assert parts("你好。请问？") == ["你好。", "请问？"]


def test_short_forms_end_no_sentence() -> None:
    text = "Dr. J. Smith came at 10 a.m. and left, e.g. by bus."
    assert parts(text) == [text]


def test_decimals_and_addresses_stay_whole() -> None:
    assert parts("It is 3.5 km to example.com today.") == ["It is 3.5 km to example.com today."]


def test_a_long_sentence_is_cut_at_a_phrase() -> None:
    text = "One and two and three and four, five and six and seven and eight and nine"
    assert parts(text, 40, 40)[0] == "One and two and three and four,"


def test_the_first_clause_has_its_own_limit() -> None:
    cut = parts("word " * 60, 100, 30)
    assert len(cut[0]) <= 30 < len(cut[1]) <= 100


@given(st.text(alphabet="ab .,;!?\n。Dr", max_size=400), st.integers(8, 60), st.integers(8, 60))
def test_clauses_cover_the_text_in_order_within_their_limits(text: str, limit: int, first: int) -> None:
    spans = split(text, limit, first)
    assert all(b - a <= (limit if i else max(limit, first)) for i, (a, b) in enumerate(spans))
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
    assert "".join(text[a:b] for a, b in spans).split() == [] or "".join(
        "".join(text[a:b].split()) for a, b in spans
    ) == "".join(text.split())
