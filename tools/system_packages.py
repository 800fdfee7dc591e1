"""System packages: found by what they provide, installed where this user may, else named with the command.

The names are the same on Debian 12 and Ubuntu 22.04 and 24.04.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class SystemPackage:
    """A package of the distribution, and how to see that what it brings is there."""

    name: str
    purpose: str
    command: str | None = None
    library: str | None = None

    def present(self) -> bool:
        """Whether the command is on the path and the library loads, as far as this package brings them."""
        if self.command and shutil.which(self.command) is None:
            return False
        return self.library is None or loads(self.library)


REQUIRED = (
    SystemPackage("cmake", "builds the interfaces and the renderer's core", command="cmake"),
    SystemPackage("g++", "builds the interfaces and the renderer's core", command="g++"),
)
OPTIONAL = (
    SystemPackage("flite", "the English voice", command="flite", library="libflite_cmu_us_slt.so.1"),
    SystemPackage("libportaudio2", "sound devices", library="libportaudio.so.2"),
)


def loads(library: str) -> bool:
    """Whether the dynamic loader finds a shared library by this name."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing(packages: Sequence[SystemPackage]) -> list[SystemPackage]:
    """Those of the packages that are not there."""
    return [package for package in packages if not package.present()]


def install_command(names: Sequence[str]) -> str:
    """The command that a person types to install packages."""
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {' '.join(names)}"


def _elevation() -> list[str] | None:
    """The prefix that makes a command run as root without asking, or None where there is no such way."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None


def install(names: Sequence[str]) -> bool:
    """Installs packages without asking anybody; False where that is not allowed or did not work."""
    elevation = _elevation()
    if elevation is None or shutil.which("apt-get") is None:
        return False
    environment: dict[str, str] = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    keep = ["env", "DEBIAN_FRONTEND=noninteractive"]
    wanted = [*elevation, *keep, "apt-get", "install", "-y", "-q", "--no-install-recommends", *names]
    # The lists may be absent or stale: try what is there first, fetch them only when that does not do.
    for command in (wanted, [*elevation, *keep, "apt-get", "update", "-q"], wanted):
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if command is wanted and done.returncode == 0:
            return True
    print(done.stderr.strip())
    return False
