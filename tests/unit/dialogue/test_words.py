from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.dialogue.words import as_sentence, is_latin, normalise


def test_words_are_what_a_recogniser_would_write() -> None:
    assert normalise("  Where’s the CAFÉ,\tplease?! ") == "where's the café please"
    assert normalise("\x00\x01 … 😀") == ""


def test_a_mark_is_put_where_a_recogniser_leaves_it_out() -> None:
    assert as_sentence("where is the exit") == "where is the exit?"
    assert as_sentence("what's on") == "what's on?"
    assert as_sentence("i am lost") == "i am lost."
    assert as_sentence("Stop!") == "Stop!"
    assert as_sentence("") == ""


def test_scripts_are_told_apart() -> None:
    assert is_latin("Où est la sortie ?")
    assert is_latin("12:30 …")
    assert not is_latin("где выход")
    assert not is_latin("出口はどこですか")


@given(st.text(max_size=300))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
