"""`python -m visavis_agent.rendering.builder hero`: build a character and write its avatar file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from visavis_agent.rendering.avatar_file import save_avatar
from visavis_agent.rendering.builder.build import DEFAULT_SEED, build_with_counts
from visavis_agent.rendering.builder.parameters import CHARACTERS, DEFAULT_GAUSSIANS

FEWEST, MOST = 8_000, 400_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, build, write, and say what was made; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m visavis_agent.rendering.builder", description=__doc__)
    parser.add_argument("character", choices=sorted(CHARACTERS))
    parser.add_argument("--out", type=Path, help="file to write (default models/avatars/<character>.avatar)")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="of the points (default %(default)s)")
    parser.add_argument("--gaussians", type=int, default=DEFAULT_GAUSSIANS, help="about how many (%(default)s)")
    options = parser.parse_args(arguments)
    if not FEWEST <= options.gaussians <= MOST:
        parser.error(f"--gaussians is {options.gaussians}, must be {FEWEST} to {MOST}")
    if options.seed < 0:
        parser.error(f"--seed is {options.seed}, must not be negative")
    character = CHARACTERS[options.character]
    character = replace(character, detail=character.detail.finer(options.gaussians / DEFAULT_GAUSSIANS))
    path: Path = options.out or Path("models/avatars") / f"{character.name}.avatar"
    avatar, counts = build_with_counts(character, options.seed)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_avatar(path, avatar)
    except OSError as error:
        print(f"{path}: cannot be written ({error.strerror}). Give another file with --out", file=sys.stderr)
        return 1
    parts = ", ".join(f"{name} {count}" for name, count in counts.items())
    print(f"{path}: {avatar.count} Gaussians, {path.stat().st_size / 1e6:.1f} MB ({parts})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
