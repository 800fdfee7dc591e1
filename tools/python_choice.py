"""Choosing the Python that the virtual environment is made from."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass

OLDEST, NEWEST = (3, 10), (3, 12)
CANDIDATES = ("python3.11", "python3.12", "python3.10", "python3")

_PROBE = """
import importlib.util, json, os, platform, sys, sysconfig
print(json.dumps({
    "executable": sys.executable,
    "version": list(sys.version_info[:2]),
    "venv": all(importlib.util.find_spec(name) is not None for name in ("venv", "ensurepip")),
    "headers": os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")),
    "machine": platform.machine(),
}))
"""


@dataclass(frozen=True)
class Python:
    """An interpreter that was asked for, and what is wrong with it (empty: nothing)."""

    name: str
    executable: str
    version: str
    fault: str


def _fault(found: dict) -> str:
    version = tuple(found["version"])
    if not OLDEST <= version <= NEWEST:
        return "is not one of Python 3.10, 3.11, 3.12"
    if found["machine"] != "x86_64":
        return f"runs on {found['machine']}: the ROS 2 wheels are for x86_64 only; use a system ROS 2"
    parts = [part for part, there in (("venv", found["venv"]), ("dev", found["headers"])) if not there]
    packages = " and ".join(f"python{version[0]}.{version[1]}-{part}" for part in parts)
    return f"lacks the Debian/Ubuntu package {packages}" if parts else ""


def probe(name: str) -> Python:
    """Runs an interpreter and says what it is good for."""
    try:
        done = subprocess.run([name, "-c", _PROBE], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except OSError:
        return Python(name, "", "", "is not there")
    if done.returncode != 0:
        return Python(name, "", "", "does not run")
    found = json.loads(done.stdout.splitlines()[-1])
    return Python(name, found["executable"], ".".join(map(str, found["version"])), _fault(found))


def choose(wanted: str | None) -> list[Python]:
    """The candidates in order of preference up to the first without a fault, or `wanted` alone if given."""
    tried: list[Python] = []
    for name in [wanted] if wanted else CANDIDATES:
        tried.append(probe(name))
        if not tried[-1].fault:
            break
    return tried
