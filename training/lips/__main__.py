"""Make the examples, train, write models/lips.npz and print the figures on held-out speakers."""

from __future__ import annotations

import argparse
from itertools import chain
from pathlib import Path

import numpy as np
import torch

from training.lips.dataset import Example, example, examples
from training.lips.festival import festival
from training.lips.net import LipNet
from training.lips.people import choosing, known
from training.lips.speakers import speak
from training.lips.spectra import revaried, unvaried
from training.lips.texts import book
from training.lips.train import train
from visavis_agent.evaluation.utterances import recordings
from visavis_agent.motion.lips_setup import read_trained, write_trained

_PEOPLE_VERSIONS, _CHOOSING_VERSIONS = 40, 32
_PARTS_WITH_EVERYBODY = 2


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.lips", description=__doc__)
    parser.add_argument("--text", type=Path, required=True, help="what is said: a text, or a directory of them")
    parser.add_argument("--recordings", type=Path, default=recordings(), help="with librivox_aligned/ and a2f3d_audio/")
    parser.add_argument("--festival", type=Path, help="root that holds usr/bin/festival and its voices, if it is there")
    parser.add_argument("--out", type=Path, default=Path("models/lips.npz"))
    parser.add_argument("--checkpoint", type=Path, default=Path("build/lips.pt"), help="goes on from there if it is")
    parser.add_argument("--examples", type=Path, default=Path("build/lips"), help="directory; what is there is taken")
    parser.add_argument("--shards", type=int, default=24, help="number of files of examples")
    parser.add_argument("--make", type=int, nargs="*", help="only make these files of examples, and stop")
    parser.add_argument("--sentences", type=int, default=10, help="a file, of each voice; six times that of espeak-ng")
    parser.add_argument("--versions", type=int, default=2, help="of each sentence, in different rooms and noises")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--rate", type=float, default=2e-3, help="of learning, at its highest")
    parser.add_argument("--start", type=Path, help="begin with these weights, as an earlier training wrote them")
    parser.add_argument("--plain", action="store_true", help="do not vary the spectra anew in every epoch")
    parser.add_argument(
        "--everybody",
        action="store_true",
        help="the last step: learn from the people that were kept to choose by, too, and from two files of the voices",
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.checkpoint.parent.mkdir(parents=True, exist_ok=True)
    options.examples.mkdir(parents=True, exist_ok=True)
    for shard in range(options.shards) if options.make is None else options.make:
        path = options.examples / f"{shard:03}.npz"
        if not path.is_file():
            _save(path, _make(options, shard))
    if options.make is not None:
        return
    learnt = _learnt(options)
    kept = {"voices": _voices_kept(options), "people": [] if options.everybody else _people_kept(options)}
    net = LipNet()
    if options.start is not None:
        net.begin_with(read_trained(options.start))
    print(f"{sum(p.numel() for p in net.parameters())} parameters, {_hours(learnt):.1f} h", flush=True)
    vary = unvaried if options.plain else revaried
    train(net, learnt, kept, vary, options.epochs, options.rate, options.seed, options.checkpoint)
    write_trained(options.out, net.weights())


def _learnt(options: argparse.Namespace) -> list[Example]:
    """The examples of this step of the training."""
    files = sorted(options.examples.glob("[0-9]*.npz"))
    people = {"people": (known, _PEOPLE_VERSIONS)}
    if options.everybody:
        files = files[:_PARTS_WITH_EVERYBODY]
        people["choosing"] = (choosing, _CHOOSING_VERSIONS)
    for name, (who, versions) in people.items():
        path = options.examples / f"{name}.npz"
        if options.recordings is not None and not path.is_file():
            _save(path, examples(who(options.recordings), np.random.default_rng(options.seed), versions))
        files += [path] if path.is_file() else []
    return [one for path in files for one in _load(path)]


def _make(options: argparse.Namespace, shard: int) -> list[Example]:
    """Of what is trained on, the voices' part `shard`."""
    rng = np.random.default_rng((options.seed, shard))
    texts = book(options.text)
    count = options.sentences
    spoken = speak(texts, count, 6 * count, rng, held_out=False)
    others = festival(options.festival, texts, count, rng) if options.festival else iter(())
    found = examples((one.speech for one in chain(spoken, others)), rng, options.versions)
    print(f"part {shard}: {_hours(found):.2f} h", flush=True)
    return found


def _voices_kept(options: argparse.Namespace) -> list[Example]:
    rng = np.random.default_rng((options.seed, 1_000_000))
    return [example(one.speech, 1.0) for one in speak(book(options.text), 0, 30, rng, held_out=True)]


def _people_kept(options: argparse.Namespace) -> list[Example]:
    people = choosing(options.recordings) if options.recordings is not None else []
    return [example(speech, 1.0) for speech in people]


def _hours(found: list[Example]) -> float:
    return sum(len(example.heard) for example in found) / 50.0 / 3600.0


def _save(path: Path, found: list[Example]) -> None:
    heard, wanted = (np.concatenate(rows) for rows in zip(*((one.heard, one.wanted) for one in found), strict=True))
    writing = path.with_name(f".{path.name}")
    np.savez(writing, heard=heard, wanted=wanted, lengths=np.array([len(one.heard) for one in found]))
    writing.replace(path)


def _load(path: Path) -> list[Example]:
    with np.load(path) as stored:
        cuts = np.cumsum(stored["lengths"])[:-1]
        heard, wanted = (np.split(stored[kind], cuts) for kind in ("heard", "wanted"))
    return [Example(a, b) for a, b in zip(heard, wanted, strict=True)]


if __name__ == "__main__":
    main()
