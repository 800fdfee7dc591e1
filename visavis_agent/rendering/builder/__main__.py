"""`python -m visavis_agent.rendering.builder hero`: build a character and write its avatar file."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from visavis_agent.rendering.avatar_file import save_avatar
from visavis_agent.rendering.builder.build import DEFAULT_SEED, build_with_counts
from visavis_agent.rendering.builder.parameters import CHARACTERS, DEFAULT_GAUSSIANS


def main() -> None:
    """Parse the command line, build, write, and say what was made."""
    parser = argparse.ArgumentParser(prog="python -m visavis_agent.rendering.builder", description=__doc__)
    parser.add_argument("character", choices=sorted(CHARACTERS))
    parser.add_argument("--out", type=Path, help="file to write (default models/avatars/<character>.avatar)")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument(
        "--gaussians", type=int, default=DEFAULT_GAUSSIANS, help="about how many (default %(default)s)"
    )
    options = parser.parse_args()
    if not 5_000 <= options.gaussians <= 400_000:
        parser.error("--gaussians must be 5000 to 400000")
    character = CHARACTERS[options.character]
    character = replace(character, detail=character.detail.finer(options.gaussians / DEFAULT_GAUSSIANS))
    path = options.out or Path("models/avatars") / f"{character.name}.avatar"
    path.parent.mkdir(parents=True, exist_ok=True)
    avatar, counts = build_with_counts(character, options.seed)
    save_avatar(path, avatar)
    parts = ", ".join(f"{name} {count}" for name, count in counts.items())
    print(f"{path}: {avatar.count} Gaussians, {path.stat().st_size / 1e6:.1f} MB ({parts})")


if __name__ == "__main__":
    main()
