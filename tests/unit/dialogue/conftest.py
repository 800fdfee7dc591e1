from __future__ import annotations

import pytest

from visavis_agent.core.inference import InferenceBackend, InferenceSettings
from visavis_agent.dialogue.embedding import SentenceEncoder, open_encoder
from visavis_agent.dialogue.persona import Persona, load_persona
from visavis_agent.dialogue.retrieval import Retriever
from visavis_agent.setup_models import ensure_encoder


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    """The real encoder; built here when set-up has not run."""
    ensure_encoder()
    return open_encoder(InferenceBackend(InferenceSettings(device="cpu"), report=lambda *_: None))


@pytest.fixture(scope="session")
def vera() -> Persona:
    return load_persona("vera")


@pytest.fixture(scope="session")
def retriever(vera: Persona, encoder: SentenceEncoder) -> Retriever:
    return Retriever(vera, encoder)
