"""Errors say what, where and what to do."""

from __future__ import annotations

import pickle

import pytest

from visavis_agent.core.errors import (
    ConfigurationError,
    DeviceError,
    EngineError,
    FormatError,
    InputError,
    VisavisError,
)

KINDS = (ConfigurationError, InputError, FormatError, EngineError, DeviceError)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("it is wrong",), "it is wrong"),
        (("it is wrong", "a.yaml:3"), "a.yaml:3: it is wrong"),
        (("it is wrong", "", "Mend it"), "it is wrong. Mend it"),
        (("it is wrong", "a.yaml:3", "Mend it"), "a.yaml:3: it is wrong. Mend it"),
    ],
)
def test_the_text_is_place_fault_and_remedy(arguments: tuple[str, ...], text: str) -> None:
    assert str(VisavisError(*arguments)) == text


@pytest.mark.parametrize("kind", KINDS)
def test_every_expected_failure_is_caught_as_one(kind: type[VisavisError]) -> None:
    with pytest.raises(VisavisError):
        raise kind("it is wrong")


def test_a_damaged_file_is_bad_input() -> None:
    assert issubclass(FormatError, InputError)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_the_way_between_processes(kind: type[VisavisError]) -> None:
    back = pickle.loads(pickle.dumps(kind("it is wrong", "here", "Mend it")))  # noqa: S301
    assert type(back) is kind
    assert (back.what, back.where, back.remedy) == ("it is wrong", "here", "Mend it")
