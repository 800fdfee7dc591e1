from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.errors import EngineError
from visavis_agent.dialogue.embedding import CACHED_SETS, SentenceEncoder, encode_fixed

TEXTS = ["Where is the dinosaur hall?", "hi", "The weather is nice today."]


def test_vectors_have_unit_length_and_do_not_depend_on_their_neighbours(encoder: SentenceEncoder) -> None:
    together = encoder.encode(TEXTS)
    assert together.shape == (3, 384)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    fresh = SentenceEncoder(encoder._session, encoder.model.parent / "minilm-tokenizer.json")
    assert np.array_equal(fresh.encode(TEXTS[1:2])[0], together[1])


def test_like_sentences_are_nearer_than_unlike_ones(encoder: SentenceEncoder) -> None:
    a, b, c = encoder.encode(["Where are the toilets?", "I need the bathroom.", "The orchestra plays Mozart."])
    assert a @ b > a @ c + 0.2


def test_no_sentences_give_no_vectors(encoder: SentenceEncoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


@given(st.text(max_size=300))
def test_any_text_has_a_finite_vector(encoder: SentenceEncoder, text: str) -> None:
    assert np.isfinite(encoder.encode([text])).all()


def test_half_a_character_and_an_endless_text_are_taken(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(["\ud800 broken", "dinosaur " * 50_000])
    assert np.isfinite(vectors).all()


def test_fixed_texts_are_kept_on_disk_and_a_damaged_file_is_made_anew(encoder: SentenceEncoder, tmp_path: Path) -> None:
    vectors = encode_fixed(encoder, TEXTS, tmp_path)
    (stored,) = tmp_path.iterdir()
    stored.write_bytes(stored.read_bytes()[:100])
    assert np.array_equal(encode_fixed(encoder, TEXTS, tmp_path), vectors)
    np.save(stored, vectors[::-1])
    assert np.array_equal(encode_fixed(encoder, TEXTS, tmp_path), vectors[::-1])  # it is really read


def test_the_cache_does_not_grow_with_every_change_of_a_persona(encoder: SentenceEncoder, tmp_path: Path) -> None:
    for number in range(CACHED_SETS + 5):
        encode_fixed(encoder, [f"version {number}"], tmp_path)
    assert len(list(tmp_path.iterdir())) == CACHED_SETS


def test_an_unwritable_cache_costs_nothing_but_time(encoder: SentenceEncoder, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert np.array_equal(encode_fixed(encoder, TEXTS, blocked / "cache"), encoder.encode(TEXTS))


def test_a_damaged_tokenizer_is_an_error_with_a_remedy(encoder: SentenceEncoder, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text("{")
    with pytest.raises(EngineError, match="make env"):
        SentenceEncoder(encoder._session, path)
