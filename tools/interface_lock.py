"""The lock of interface definitions: a change of a message, service or action becomes a difference to review.

    interface_lock.py --check     exit 1 and the difference when a definition is not as interfaces.lock says
    interface_lock.py --write     accept the definitions as they are

interfaces.lock holds, for each interface, its type hash (RIHS01, REP-2011: what two ROS 2 processes compare
before they talk) and its definition without comments, so that constants and defaults, which the hash leaves
out, are locked as well.  The hashes come from the type descriptions that the build in .venv wrote.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "interfaces.lock"
BUILT = ROOT / ".venv" / "share" / "visavis"
REMEDY = "Meant? Then run `python3 tools/interface_lock.py --write` and commit interfaces.lock."
COMMENT = re.compile(r"""#(?=(?:[^"']|"[^"]*"|'[^']*')*$)""")  # a '#' that is not inside quotes


class NotBuiltError(Exception):
    """The type descriptions in .venv are not those of the definitions in the checkout."""


def definition_lines(text: str) -> list[str]:
    """A definition without comments, blank lines and alignment."""
    lines = (" ".join(COMMENT.split(line, maxsplit=1)[0].split()) for line in text.splitlines())
    return [line for line in lines if line]


def type_hash(kind: str, name: str, source: str) -> str:
    """The RIHS01 hash of an interface as it was built.

    Raises:
        NotBuiltError: the build is older than the definition.
    """
    description = BUILT / kind / f"{name}.json"
    built_from = BUILT / kind / f"{name}.{kind}"
    if not description.is_file() or built_from.read_text(encoding="utf-8") != source:
        raise NotBuiltError(f"{kind}/{name}.{kind} is not what was built last. Run `make env`.")
    hashes = json.loads(description.read_text(encoding="utf-8"))["type_hashes"]
    return str(next(item["hash_string"] for item in hashes if item["type_name"] == f"visavis/{kind}/{name}"))


def lock_text(root: Path = ROOT) -> str:
    """What interfaces.lock has to be for the definitions in the checkout.

    Raises:
        NotBuiltError: the build is older than a definition.
    """
    blocks = ["# Written by tools/interface_lock.py --write; see there."]
    for kind in ("msg", "srv", "action"):
        for path in sorted((root / kind).glob(f"*.{kind}")):
            source = path.read_text(encoding="utf-8")
            lines = [f"{kind}/{path.stem} {type_hash(kind, path.stem, source)}"]
            lines += [f"  {line}" for line in definition_lines(source)]
            blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def difference(locked: str, actual: str) -> str:
    """What changed, as a unified difference; empty when nothing did."""
    lines = difflib.unified_diff(
        locked.splitlines(), actual.splitlines(), "interfaces.lock", "definitions", lineterm="", n=4
    )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks or rewrites interfaces.lock.")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--check", action="store_true", help="compare the definitions with the lock")
    mode.add_argument("--write", action="store_true", help="accept the definitions as they are")
    options = parser.parse_args()
    try:
        actual = lock_text()
    except NotBuiltError as problem:
        print(problem, file=sys.stderr)
        return 1
    if options.write:
        LOCK.write_text(actual, encoding="utf-8")
        return 0
    changed = difference(LOCK.read_text(encoding="utf-8") if LOCK.is_file() else "", actual)
    if changed:
        print(f"{changed}\n{REMEDY}")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
