"""`python -m visavis_agent.messages.lock > docs/interfaces.lock`: one line for each interface with its hash.

The file is a review aid: a change of an interface shows in it, so that nobody makes one unawares. Messages have
their ROS type hash (REP-2016, the same as in bags and discovery), services and actions the SHA-256 of their
definition without comments.
"""

from __future__ import annotations

import hashlib

from visavis_agent.messages.definitions import PACKAGE, interface_root, typestore


def lock() -> str:
    """The text of the lock file."""
    store, lines = typestore(), []
    for kind in ("msg", "srv", "action"):
        for path in sorted((interface_root() / kind).glob(f"*.{kind}")):
            name = f"{PACKAGE}/{kind}/{path.stem}"
            text = path.read_text(encoding="utf-8")
            lines.append(f"{name} {store.hash_rihs01(name) if kind == 'msg' else _hash(text)}")
    return "\n".join(lines) + "\n"


def _hash(text: str) -> str:
    bare = [" ".join(line.partition("#")[0].split()) for line in text.splitlines()]
    return "SHA256_" + hashlib.sha256("\n".join(line for line in bare if line).encode()).hexdigest()


if __name__ == "__main__":
    print(lock(), end="")
