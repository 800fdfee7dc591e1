"""Train, calibrate, write models/emotion.npz and print the figures of the test parts."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from training.emotion.asking import asking_f1, fit_asking
from training.emotion.calibrate import calibrated
from training.emotion.net import Lower, Upper
from training.emotion.train import Reader, train
from visavis_agent.dialogue.emotion_setup import write_trained
from visavis_agent.dialogue.encoder_setup import packaged_file, packaged_weights
from visavis_agent.evaluation.emotion_data import Array, Sentences, as_spoken, curious, emobank, goemotions
from visavis_agent.evaluation.emotion_scores import calibration_error, correlations, f1


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.emotion", description=__doc__)
    parser.add_argument("--goemotions", type=Path, required=True, help="directory with ekman/ and original/")
    parser.add_argument("--emobank", type=Path, required=True, help="emobank.csv")
    parser.add_argument("--out", type=Path, default=Path("models/emotion.npz"))
    parser.add_argument("--checkpoint", type=Path, default=Path("build/emotion.pt"), help="goes on from there if it is")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.checkpoint.parent.mkdir(parents=True, exist_ok=True)

    entry = packaged_weights()
    weights = load_file(packaged_file(entry, entry.weights, entry.weights_sha256))
    tokenizer = Tokenizer.from_file(str(packaged_file(entry, entry.tokenizer, entry.tokenizer_sha256)))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    reader = Reader(tokenizer, Lower(weights), Upper(weights))

    ekman, original = options.goemotions / "ekman", options.goemotions / "original"
    dev = goemotions(ekman, "dev")
    known = goemotions(ekman, "train") + emobank(options.emobank, "train")
    train(reader, known, dev, options.epochs, options.seed, options.checkpoint)
    fit_asking(reader, *curious(original, "train"))
    limits = calibrated(reader, dev)
    write_trained(options.out, reader.upper.published() | {"thresholds": limits})
    for part in ("dev", "test"):
        found = figures(reader, goemotions(ekman, part), emobank(options.emobank, part), limits)
        print(json.dumps({"part": part} | found | {"asks_f1": asking_f1(reader, *curious(original, part))}))


def figures(reader: Reader, labelled: Sentences, rated: Sentences, limits: Array) -> dict[str, object]:
    """Of the net in full precision."""
    found: dict[str, object] = {}
    for form, texts in (("written", labelled.texts), ("spoken", as_spoken(labelled.texts))):
        logits, _ = reader.read(texts)
        said = 1 / (1 + np.exp(-logits))
        scores = f1(said, labelled.labels, limits)
        found[form] = {
            "macro_f1": round(float(scores.mean()), 4),
            "f1": [round(float(score), 3) for score in scores],
            "calibration_error": round(calibration_error(said, labelled.labels), 4),
        }
    _, vad = reader.read(rated.texts)
    found["vad_r"] = [round(float(r), 3) for r in correlations(vad, rated.vad)]
    return found


if __name__ == "__main__":
    main()
