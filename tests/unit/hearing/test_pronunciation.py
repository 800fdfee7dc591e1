"""Words that an American dictionary lacks are led back to those that it has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.hearing.phrase_grammar import normal
from visavis_agent.hearing.pronunciation import plain_letters, pronunciation

_DICTIONARY = {
    "chair": "CH EH R",
    "chat": "CH AE T",
    "dino": "D IY N OW",
    "liter": "L IY T ER",
    "organize": "AO R G AH N AY Z",
    "program": "P R OW G R AE M",
    "programs": "P R OW G R AE M Z",
    "push": "P UH SH",
    "storey": "S T AO R IY",
}


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("litre", "L IY T ER"),
        ("litres", "L IY T ER Z"),
        ("programme", "P R OW G R AE M"),
        ("programmes", "P R OW G R AE M Z"),
        ("organise", "AO R G AH N AY Z"),
        ("storeys", "S T AO R IY Z"),
        ("dinos", "D IY N OW Z"),
        ("dino's", "D IY N OW Z"),
        ("pushes", ""),
        ("pushs", "P UH SH AH Z"),
        ("chats", "CH AE T S"),
        ("pushchair", "P UH SH CH EH R"),
        ("chatgpt", "CH AE T JH IY P IY T IY"),
        ("dvd", "D IY V IY D IY"),
        ("nappy", ""),
        ("xyzzy", ""),
    ],
)
def test_a_word_sounds_like_those_it_is_made_of(word: str, phones: str) -> None:
    assert pronunciation(word, _DICTIONARY.get) == phones


def test_accents_do_not_keep_a_word_from_being_found() -> None:
    assert plain_letters("Is there a café, señor?") == "Is there a cafe, senor?"
    assert normal("Parlez-vous français? L’été!") == "parlez vous francais l'ete"


@given(st.text(alphabet=st.characters(max_codepoint=0x17F), max_size=40))
def test_any_word_has_a_pronunciation_or_none(word: str) -> None:
    phones = pronunciation(word, _DICTIONARY.get)
    assert phones == " ".join(phones.split())
