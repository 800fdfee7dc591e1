"""The command line: what commands there are, and how a failure is told."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version

from visavis_agent.cli import avatar, bench, converse, dialogue, live, models, motion, replay
from visavis_agent.core.errors import VisavisError

_COMMANDS = (
    converse.add_demo,
    converse.add,
    replay.add,
    live.add_run,
    live.add_doctor,
    avatar.add,
    motion.add,
    models.add,
    dialogue.add,
    bench.add,
)
_FAILED, _INTERRUPTED, _BROKEN = 2, 130, 70


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        0; 1 when a comparison found differences; 2 when input or configuration cannot be used; 70 on a mistake in
        visavis itself; 130 on Ctrl-C. No expected failure shows a traceback; VISAVIS_DEBUG=1 shows the others.
    """
    options = _parser().parse_args(argv)
    # Numerical libraries would start a thread per core, and two cores are shared by many stages.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        status: int = options.command(options)
        sys.stdout.flush()
        return status
    except VisavisError as error:
        return _tell(str(error), _FAILED)
    except KeyboardInterrupt:
        return _tell("interrupted", _INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("VISAVIS_DEBUG"):
            traceback.print_exc()
        reason = f"{type(error).__name__}: {error}"
        return _tell(f"internal error ({reason}). Please report it with the output under VISAVIS_DEBUG=1", _BROKEN)


def _tell(message: str, status: int) -> int:
    print(f"visavis: {message}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="visavis", description="A face for robots and kiosks.")
    parser.add_argument("--version", action="version", version=f"visavis {version('visavis-agent')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in _COMMANDS:
        add(commands)
    return parser
