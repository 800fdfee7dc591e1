"""Makes the environment of visavis in .venv: a virtual environment that is a ROS 2 (`make env`).

Each step leaves a stamp with the hash of what it was made from and is skipped while that hash holds. So a run
with nothing to do takes a second and no network, and an interrupted one goes on where it stopped.

    setup_env.py [--python NAME] [--gpu 0|1] [--train 0|1]

An option that is not given stays as the last run left it.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import lock_file
import python_choice
import system_packages

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMPS = VENV / "stamps"
BUILD = ROOT / "build" / "package"
INTERFACES = ("msg/*.msg", "srv/*.srv", "action/*.action")
NATIVE = ("native/**/*.cpp", "native/**/*.hpp", "native/**/*.h", "native/**/CMakeLists.txt")
RUNTIMES = ("onnxruntime", "onnxruntime-gpu")  # one import name: never both
# A sourced ROS 2 must not leak into an environment that is another one.
FOREIGN = (
    "PYTHONPATH", "PYTHONHOME", "AMENT_PREFIX_PATH", "CMAKE_PREFIX_PATH", "COLCON_PREFIX_PATH",
    "_ROS_WHEELS_BOOTSTRAP_COMPLETE",
)  # fmt: skip


class SetUpError(Exception):
    """Set-up cannot go on; the text says what is wrong and what to do."""


def say(text: str) -> None:
    print(f"[env] {text}", flush=True)


def run(*command: str | Path) -> str:
    """Runs a command inside the environment; its output is shown only when it fails.

    Raises:
        SetUpError: the command failed.
    """
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    environment["PATH"] = f"{VENV / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    environment["AMENT_PREFIX_PATH"] = str(VENV)
    environment.setdefault("HOME", str(ROOT / "build"))  # the ROS wheels insist on one
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        print(done.stdout[-8000:])
        raise SetUpError(f"'{' '.join(words)}' failed with status {done.returncode}; its output is above.")
    return done.stdout


def digest(parts: Iterable[str | Path]) -> str:
    """A hash of texts and of files (name and content)."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            total.update(str(part.relative_to(ROOT)).encode() + b"\0" + part.read_bytes())
        else:
            total.update(part.encode())
        total.update(b"\0\0")
    return total.hexdigest()


def files(patterns: Iterable[str]) -> list[Path]:
    """The files of the repository that match any of the patterns, sorted."""
    return sorted(path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file())


def step(name: str, inputs: Iterable[str | Path], action: Callable[[], None], doing: str) -> str:
    """Does a step unless it was done with the same inputs.

    Returns:
        the hash of the inputs, an input of the steps that build on this one.
    """
    key = digest(inputs)
    stamp = STAMPS / name
    if not stamp.is_file() or stamp.read_text() != key:
        say(f"{doing} …")
        stamp.unlink(missing_ok=True)
        began = time.monotonic()
        action()
        STAMPS.mkdir(parents=True, exist_ok=True)
        stamp.write_text(key)
        say(f"  done in {time.monotonic() - began:.0f} s")
    return key


def remembered_options(given: argparse.Namespace) -> dict[str, bool]:
    """Which groups of packages are wanted: as given now, otherwise as the last run left it."""
    file = STAMPS / "options.json"
    options = {"gpu": False, "train": False}
    if file.is_file():
        options.update(json.loads(file.read_text()))
    for name in options:
        if getattr(given, name) is not None:
            options[name] = getattr(given, name) == "1"
    STAMPS.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(options))
    return options


def require_system_packages() -> None:
    """Sees to it that the compiler and CMake are there.

    Raises:
        SetUpError: one is missing and cannot be installed from here.
    """
    absent = [package.name for package in system_packages.missing(system_packages.REQUIRED)]
    if absent:
        say(f"installing {', '.join(absent)} …")
        if not system_packages.install(absent):
            command = system_packages.install_command(absent)
            raise SetUpError(f"Needed and missing: {', '.join(absent)}. Run:\n  {command}")


def offer_system_packages() -> None:
    """Installs what voices and sound devices need where this user may; otherwise says how, and goes on."""
    absent = system_packages.missing(system_packages.OPTIONAL)
    names = [package.name for package in absent]
    if absent:
        step("system", names, lambda: try_system_packages(names), f"installing {', '.join(names)}")
    for package in system_packages.missing(system_packages.OPTIONAL):
        command = system_packages.install_command([package.name])
        say(f"{package.name} ({package.purpose}) is missing; to have it: {command}")


def try_system_packages(names: list[str]) -> None:
    """One attempt, which may fail: the packages are optional and the person is told what is missing."""
    if not system_packages.install(names):
        say("  could not be installed from here")


def find_python(wanted: str | None) -> python_choice.Python:
    """A Python that can be the base of the environment.

    Raises:
        SetUpError: there is none; the text names what each candidate lacks.
    """
    tried = python_choice.choose(wanted)
    if tried[-1].fault and not wanted and system_packages.install(["python3", "python3-venv", "python3-dev"]):
        tried = python_choice.choose(wanted)
    if tried[-1].fault:
        lacks = "\n".join(f"  {python.name} {python.fault}" for python in tried)
        command = system_packages.install_command(["python3", "python3-venv", "python3-dev"])
        raise SetUpError(
            f"No usable Python:\n{lacks}\nWanted: Python 3.10, 3.11 or 3.12 with venv and headers. "
            f"On Debian 12 and Ubuntu 22.04 or 24.04:\n  {command}\n"
            "or name one: make env PYTHON=/path/to/python3.11"
        )
    return tried[-1]


def base_python(wanted: str | None) -> tuple[str, str]:
    """(executable, version) of the Python to build on: the one in use, unless another is asked for."""
    file = STAMPS / "python.json"
    if wanted is None and file.is_file() and (VENV / "bin" / "python").exists():
        executable, version = json.loads(file.read_text())
        return executable, version
    python = find_python(wanted)
    return python.executable, python.version


def make_venv(executable: str, version: str) -> None:
    """A fresh virtual environment; what was built for the old one goes with it."""
    options = (STAMPS / "options.json").read_text()
    run(executable, "-m", "venv", "--clear", VENV)
    shutil.rmtree(BUILD, ignore_errors=True)
    STAMPS.mkdir(parents=True)
    (STAMPS / "options.json").write_text(options)
    (STAMPS / "python.json").write_text(json.dumps([executable, version]))


def install_packages(locked: list[str], resolved: list[str]) -> None:
    """Makes the installed packages what the lock says, and removes those that it named before only.

    Args:
        locked: requirements that are complete: installed without their dependencies.
        resolved: requirements whose dependencies pip finds, within the pins of constraints.txt.
    """
    record = STAMPS / "packages.json"
    names = set(lock_file.project_names(locked + resolved))
    before = set(json.loads(record.read_text())) if record.is_file() else set()
    gone = before - names
    if gone.intersection(RUNTIMES):
        gone.update(RUNTIMES)  # removing one breaks the files of the other
    record.write_text(json.dumps(sorted(before | names)))
    pip = (VENV / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--no-input")
    if gone:
        run(*pip, "uninstall", "-q", "-y", *sorted(gone))
    run(*pip, "install", "-q", "--no-deps", *locked)
    if resolved:
        run(*pip, "install", "-q", "--constraint", write_constraints(locked + resolved), *resolved)
    record.write_text(json.dumps(sorted(names)))


def write_constraints(requirements: list[str]) -> Path:
    """A constraints file of the chosen groups only."""
    path = STAMPS / "constraints.txt"
    path.write_text("\n".join(requirements) + "\n")
    return path


def rewrite_wheel_paths() -> None:
    """Points the CMake files of the ROS wheels at this environment instead of their build machine."""
    python = VENV / "bin" / "python"
    include = run(python, "-c", "import sysconfig; print(sysconfig.get_path('include'))").strip()
    numpy_include = run(python, "-c", "import numpy; print(numpy.get_include())").strip()
    tag = r"/opt/python/cp3\d+-cp3\d+"
    rules = (
        (re.compile(tag + r"/include/python3\.\d+"), include),
        (re.compile(tag + r"/lib/python3\.\d+/site-packages/numpy/(?:_core|core)/include"), numpy_include),
    )
    for folder in (VENV / "share", VENV / "lib" / "cmake"):
        for path in folder.rglob("*.cmake"):
            before = after = path.read_text(encoding="utf-8")
            for pattern, replacement in rules:
                after = pattern.sub(replacement, after)
            if after != before:
                path.write_text(after, encoding="utf-8")


def install_module() -> None:
    """Makes `import visavis_agent` and the `visavis` command use the checkout as it is."""
    pip = (VENV / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--no-input")
    run(*pip, "install", "-q", "--no-deps", "--no-build-isolation", "--editable", ".")


def build_package() -> None:
    """Builds the ROS interfaces and the native library and installs them into the environment's prefix."""
    manifest = BUILD / "install_manifest.txt"
    before = set(manifest.read_text().splitlines()) if manifest.is_file() else set()
    forget_removed_interfaces()
    run(
        *("cmake", "-G", "Ninja", "-S", ROOT, "-B", BUILD),
        *(f"-DCMAKE_INSTALL_PREFIX={VENV}", f"-DCMAKE_PREFIX_PATH={VENV}"),
        *(f"-DPython3_EXECUTABLE={VENV / 'bin' / 'python'}", "-DCMAKE_BUILD_TYPE=Release"),
        *("-DBUILD_TESTING=OFF", "-DVISAVIS_DEVELOP=ON", "-DVISAVIS_UNITY_BUILD=ON"),
    )
    run("cmake", "--build", BUILD, "--target", "install")
    for path in before - set(manifest.read_text().splitlines()):
        Path(path).unlink(missing_ok=True)


def forget_removed_interfaces() -> None:
    """Starts the build anew when an interface is gone: what was generated for it would be installed."""
    record = BUILD / "interfaces.json"
    names = [str(path.relative_to(ROOT)) for path in files(INTERFACES)]
    if record.is_file() and not set(json.loads(record.read_text())) <= set(names):
        shutil.rmtree(BUILD)
    BUILD.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps(names))


def build_models() -> None:
    """Builds what is made on this machine (small nets, the avatar); the module skips what is there."""
    if (ROOT / "visavis_agent" / "setup_models.py").is_file():
        output = run(VENV / "bin" / "python", "-m", "visavis_agent.setup_models").strip()
        if output:
            say(output)


def set_up(options: argparse.Namespace) -> None:
    """All the steps, in order."""
    require_system_packages()
    groups = lock_file.read_groups(ROOT / "constraints.txt")
    chosen = remembered_options(options)
    executable, version = base_python(options.python)
    locked = groups["default"] + groups["dev"] + groups["gpu" if chosen["gpu"] else "cpu"]
    locked = lock_file.for_python(locked, version)
    resolved = lock_file.for_python(groups["train"], version) if chosen["train"] else []
    key = step(
        "venv",
        [str(VENV), executable, version],
        lambda: make_venv(executable, version),
        "virtual environment",
    )
    offer_system_packages()
    packages = [key, *locked, "resolved", *resolved]
    key = step("packages", packages, lambda: install_packages(locked, resolved), "Python packages")
    key = step("wheels", [key], rewrite_wheel_paths, "paths inside the ROS wheels")
    module: list[str | Path] = [key, ROOT / "pyproject.toml", ROOT / "setup.cfg"]
    step("module", module, install_module, "the visavis module")
    sources: list[str | Path] = [
        key,
        ROOT / "CMakeLists.txt",
        ROOT / "package.xml",
        *files(INTERFACES),
        *files(NATIVE),
    ]
    step("package", sources, build_package, "ROS interfaces and native library")
    build_models()


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes the environment in .venv.")
    parser.add_argument("--python", help="the Python to build on, a name or a path")
    parser.add_argument("--gpu", choices=("0", "1"), help="1: onnxruntime-gpu, 0: onnxruntime")
    parser.add_argument("--train", choices=("0", "1"), help="1: with what training needs (torch), 0: without")
    options = parser.parse_args()
    (ROOT / "build").mkdir(exist_ok=True)
    with open(ROOT / "build" / "setup.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two at once would tread on each other
        try:
            set_up(options)
        except (SetUpError, ValueError) as problem:
            print(f"[env] {problem}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
