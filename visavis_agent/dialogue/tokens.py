"""Sentences to the tokens that MiniLM's nets take."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from visavis_agent.core.errors import EngineError

TOKENIZER_FILE = "minilm-tokenizer.json"
MAXIMUM_TOKENS = 128
# More characters than any 128 tokens of sense have; the tokenizer's time grows with the length.
MAXIMUM_CHARACTERS = 2_000


class Tokens:
    """The net's inputs for a sentence, of which the first 2,000 characters and 128 tokens count.

    Raises:
        EngineError: the file is no tokenizer.
    """

    def __init__(self, tokenizer: Path) -> None:
        try:
            self._tokenizer = Tokenizer.from_file(str(tokenizer))
        except Exception as error:  # the tokenizers library raises bare Exception
            raise EngineError(f"is no tokenizer ({error})", str(tokenizer), "Run `make env`") from None
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAXIMUM_TOKENS)

    def __call__(self, sentence: str) -> dict[str, npt.NDArray[np.int64]]:
        """`input_ids` and `attention_mask`, (1, length)."""
        # A lone surrogate is legal in a str but not in UTF-8, which the tokenizer wants.
        clean = sentence[:MAXIMUM_CHARACTERS].encode("utf-8", "replace").decode()
        ids = np.array([self._tokenizer.encode(clean).ids], np.int64)
        return {"input_ids": ids, "attention_mask": np.ones_like(ids)}
