"""`visavis demo` and `visavis converse`: a conversation from files to a film."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from visavis_agent.cli.options import Subparsers, add_deployment, deployment, size
from visavis_agent.core.errors import ConfigurationError, InputError
from visavis_agent.evaluation.question import DEMO_QUESTION, spoken_question
from visavis_agent.session.converse import Outcome, converse
from visavis_agent.session.visit import Script


def add_demo(commands: Subparsers) -> None:
    parser = commands.add_parser("demo", help="a spoken question becomes a film: no screen, no sound card")
    parser.add_argument("--audio", type=Path, metavar="FILE", help="ask this instead of the built-in question")
    _add_common(parser, Path("out/demo"))
    parser.set_defaults(command=_demo, text=[])


def add(commands: Subparsers) -> None:
    parser = commands.add_parser("converse", help="the same for any recording; several questions make several turns")
    parser.add_argument("--audio", type=Path, metavar="FILE", help="sound or film file with the visitor's voice")
    parser.add_argument(
        "--text", action="append", default=[], metavar="TEXT", help="typed after the recording; may be repeated"
    )
    _add_common(parser, Path("out/converse"))
    parser.set_defaults(command=_converse)


def _add_common(parser: argparse.ArgumentParser, out: Path) -> None:
    parser.add_argument("--video", type=Path, metavar="FILE", help="film of the visitor")
    parser.add_argument(
        "--out", type=Path, default=out, metavar="PREFIX", help=f"of the files that are written (default: {out})"
    )
    parser.add_argument("--limit", type=float, default=600.0, metavar="S", help="use so many seconds (default: 600)")
    parser.add_argument("--size", default="", metavar="WxH", help="of the film, px (default: 640x640)")
    parser.add_argument("--no-film", action="store_true", help="do not draw: no .mp4")
    add_deployment(parser)


def _demo(options: argparse.Namespace) -> int:
    if options.audio is None:
        options.audio = options.out.with_name("question.wav")
        spoken_question(DEMO_QUESTION, options.seed or 0).save(options.audio)
    return _converse(options)


def _converse(options: argparse.Namespace) -> int:
    prefix = options.out.with_suffix("") if options.out.suffix in (".mp4", ".json", ".png", ".mcap") else options.out
    if prefix.is_dir():
        prefix = prefix / "converse"
    width, height = size(options.size or "640x640")
    agent = deployment(options, rendering={"width": width, "height": height})
    if not options.limit > 0:
        raise ConfigurationError(f"the limit {options.limit:g} s", "--limit", "Give more than 0")
    script = Script(options.audio, options.video, tuple(options.text), options.limit)
    film = None if options.no_film else prefix.with_suffix(".mp4")
    from visavis_agent.evaluation.timeline import draw_timeline  # matplotlib: a second that failures need not wait

    outcome = converse(agent, script, film, prefix.with_suffix(".mcap"), _progress if sys.stderr.isatty() else None)
    _write_json(prefix.with_suffix(".json"), agent.persona.profile.name, outcome)
    draw_timeline(outcome.recording.entries, prefix.with_suffix(".png"), f"{agent.persona.profile.name}: {prefix.name}")
    _tell(outcome, agent.persona.profile.name)
    suffixes = [".mp4"] * (film is not None) + [".json", ".png", ".mcap"]
    print(f"Written: {', '.join(str(prefix.with_suffix(suffix)) for suffix in suffixes)}")
    return 0


def _progress(seconds: int) -> None:
    print(f"\r  {seconds} s of conversation … ", end="", file=sys.stderr, flush=True)


def _write_json(path: Path, agent: str, outcome: Outcome) -> None:
    content: dict[str, Any] = {
        "agent": agent,
        "duration_s": outcome.duration_s,
        "notes": list(outcome.notes),
        **outcome.recording.summary(),
        "wall_clock": {name: round(s, 3) for name, s in outcome.wall_s.items()},
    }
    try:
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        problem = f"cannot be written ({error.strerror})"
        raise InputError(problem, str(path), "Check the folder and free space") from None


def _tell(outcome: Outcome, agent: str) -> None:
    """The conversation in words, and what it took."""
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    for note in [*outcome.notes, *outcome.recording.problems]:
        print(f"note: {note}", file=sys.stderr)
    for turn in outcome.recording.turns:
        print(f"  Visitor: {turn.question or '(not understood)'}")
        cut = " – interrupted" if turn.interrupted else ""
        print(f"  {agent}: {turn.answer or '(nothing)'}  [{turn.total_ms:.0f} ms after the question{cut}]")
    if not outcome.recording.turns:
        print("  Nobody asked anything.")
    print(f"{outcome.duration_s:.1f} s of conversation took {outcome.wall_s['total']:.1f} s")
