"""Settings: what is read, and what is refused with the place and a way out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.settings import read_settings, read_yaml, setting


@dataclass(frozen=True)
class Voice:
    """A section."""

    pitch: float = setting(1.0, "factor on the pitch", low=0.5, high=2.0)
    name: str = setting("kal", "voice", choices=("kal", "slt"))


@dataclass(frozen=True)
class Example:
    """One setting of every kind."""

    rate: int = setting(16_000, "sample rate", unit="Hz", low=8_000, high=48_000)
    gain: float = setting(1.0, "gain")
    mirror: bool = setting(False, "mirror the picture")
    title: str = setting("", "title")
    words: tuple[str, ...] = setting((), "words", choices=("yes", "no"))
    box: tuple[float, float] = setting((0.0, 1.0), "box", low=0.0, high=1.0)
    texts: dict[str, str] | None = setting(None, "texts by name")
    voice: Voice = setting(Voice(), "voice")


def refused(values: Any, where: str = "here") -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        read_settings(Example, values, where)
    return caught.value


def assert_read_or_refused(read: Callable[[], Any], where: str) -> None:
    try:
        read()
    except ConfigurationError as error:
        refusal = error
    else:
        return
    assert refusal.where.startswith(where)
    assert refusal.what
    assert refusal.remedy
    assert len(str(refusal)) < 400


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "settings.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_what_is_not_given_keeps_its_default() -> None:
    assert read_settings(Example, None) == read_settings(Example, {}) == Example()


def test_values_get_the_types_of_their_settings() -> None:
    given_values = {
        "rate": 44_100, "gain": 2, "words": ["no", "yes"], "box": [0, 0.5], "texts": {"a": "b"}, "voice": {"pitch": 2},
    }  # fmt: skip
    read = read_settings(Example, given_values)
    assert read == Example(44_100, 2.0, words=("no", "yes"), box=(0.0, 0.5), texts={"a": "b"}, voice=Voice(2.0))
    assert [type(v) for v in (read.gain, read.box[0], read.voice.pitch)] == [float] * 3


def test_an_unknown_key_is_refused_with_the_likely_one_and_all_there_are() -> None:
    error = refused({"rat": 1})
    assert "unknown setting 'rat'" in error.what
    assert error.where == "here"
    assert error.remedy.startswith("Did you mean 'rate'? Known: box, gain,")
    assert "Did you mean" not in refused({"zzz": 1}).remedy


@pytest.mark.parametrize(
    ("values", "what", "remedy"),
    [
        ({"rate": 16000.0}, "rate is 16000", "of type int"),
        ({"rate": True}, "rate is True", "of type int"),
        ({"rate": "16000"}, "rate is '16000'", "of type int"),
        ({"rate": None}, "rate is None", "of type int"),
        ({"gain": "loud"}, "gain is 'loud'", "of type float"),
        ({"gain": False}, "gain is False", "of type float"),
        ({"gain": 10**400}, "gain is 1000", "smaller number"),
        ({"mirror": 1}, "mirror is 1", "of type bool"),
        ({"title": 5}, "title is 5", "of type str"),
        ({"words": "yes"}, "words is 'yes'", "a list"),
        ({"words": ["yes", 1]}, "words is 1", "of type str"),
        ({"box": [1.0]}, "box has 1 values", "must have 2"),
        ({"texts": ["a"]}, "texts is ['a']", "a mapping"),
        ({"texts": {"a": 1}}, "texts.a is 1", "of type str"),
        ({"voice": "kal"}, "voice is 'kal'", "a mapping"),
        ({"voice": {"pitsch": 1.0}}, "unknown setting 'pitsch'", "Did you mean 'pitch'?"),
        ({"title": {1: "x" * 10**6}}, "title is {1: 'xxx", "of type str"),
    ],
)
def test_a_wrong_type_is_refused_with_the_right_one(values: dict[str, Any], what: str, remedy: str) -> None:
    error = refused(values)
    assert what in error.what
    assert remedy in error.remedy
    assert len(str(error)) < 200


@pytest.mark.parametrize(
    ("values", "what", "remedy"),
    [
        ({"rate": 7_999}, "rate is 7999 Hz", "lowest allowed is 8000 Hz"),
        ({"rate": 10**5000}, "rate is a huge number Hz", "highest allowed is 48000 Hz"),
        ({"gain": math.nan}, "gain is nan", "finite"),
        ({"gain": math.inf}, "gain is inf", "finite"),
        ({"voice": {"pitch": 2.1}}, "pitch is 2.1", "highest allowed is 2"),
        ({"voice": {"name": "bob"}}, "name is 'bob'", "Allowed: kal, slt"),
        ({"words": ["yes", "maybe"]}, "words is 'maybe'", "Allowed: yes, no"),
        ({"box": [0.0, 1.5]}, "box is 1.5", "highest allowed is 1"),
        ({"box": [math.nan, 1.0]}, "box is nan", "finite"),
    ],
)
def test_a_value_out_of_range_is_refused_with_the_range(values: dict[str, Any], what: str, remedy: str) -> None:
    error = refused(values)
    assert what in error.what
    assert remedy in error.remedy


@pytest.mark.parametrize("section", [[], [1], "rate", 5, False])
def test_a_section_that_is_no_mapping_is_refused(section: Any) -> None:
    assert "must be a mapping" in refused(section).remedy


def test_keys_that_are_no_texts_are_refused() -> None:
    assert "unknown setting 5" in refused({5: 1}).what


def test_a_setting_without_a_default_must_be_given() -> None:
    @dataclass(frozen=True)
    class Needs:
        name: str

    with pytest.raises(ConfigurationError, match="missing setting 'name'"):
        read_settings(Needs, {}, "file.yaml")
    assert read_settings(Needs, {"name": "a"}).name == "a"


RIGHT = st.fixed_dictionaries(
    {},
    optional={
        "rate": st.integers(8_000, 48_000),
        "gain": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53),
        "mirror": st.booleans(),
        "title": st.text(),
        "words": st.lists(st.sampled_from(["yes", "no"])),
        "box": st.tuples(st.floats(0, 1), st.floats(0, 1)),
        "texts": st.none() | st.dictionaries(st.text(), st.text()),
        "voice": st.fixed_dictionaries({}, optional={"pitch": st.floats(0.5, 2.0), "name": st.just("slt")}),
    },
)


@given(RIGHT)
def test_whatever_is_right_is_read_as_given(values: dict[str, Any]) -> None:
    read = read_settings(Example, values)
    for name, value in values.items():
        if name == "voice":
            assert all(getattr(read.voice, key) == item for key, item in value.items())
        else:
            assert getattr(read, name) == (tuple(value) if isinstance(value, (list, tuple)) else value)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(10**300, 10**310) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(["pitch", "name"]), inner),
    max_leaves=8,
)
KEYS = st.sampled_from([field.name for field in fields(Example)])


@given(st.dictionaries(KEYS, ANYTHING, min_size=1))
def test_any_values_are_read_or_refused_in_words(values: dict[str, Any]) -> None:
    assert_read_or_refused(lambda: read_settings(Example, values, "here"), "here")


# ------------------------------------------------------------------------------------------------------- YAML files
def test_errors_name_file_and_line_at_every_depth(tmp_path: Path) -> None:
    path = written(tmp_path, "rate: 16000\nvoice:\n  name: slt\n  pitch: 9\n")
    assert refused(read_yaml(path), str(path)).where == f"{path}:4"
    path = written(tmp_path, "texts:\n  a: b\n  c: 5\n")
    assert refused(read_yaml(path), str(path)).where == f"{path}:3"
    path = written(tmp_path, "# a comment\n\nrat: 1\n")
    assert refused(read_yaml(path), str(path)).where == f"{path}:3"


def test_mappings_remember_where_they_stand(tmp_path: Path) -> None:
    path = written(tmp_path, "a: 1\nlist:\n  - {b: 2}\n")
    document = read_yaml(path)
    assert document == {"a": 1, "list": [{"b": 2}]}
    assert document.place("list") == f"{path}:2"
    assert document["list"][0].place("b") == f"{path}:3"
    assert document.place("absent") == str(path)


def test_an_empty_file_is_an_empty_mapping(tmp_path: Path) -> None:
    for text in ("", "# nothing\n", "---\n"):
        assert read_yaml(written(tmp_path, text)) == {}


def test_keys_are_read_as_they_are_written(tmp_path: Path) -> None:
    document = read_yaml(written(tmp_path, "no: 1\non: 2\n3: 4\nnull: 5\n"))
    assert list(document) == ["no", "on", "3", "null"]


def test_an_alias_is_built_once_however_often_it_is_used(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    path = written(tmp_path, "\n".join(lines))
    document = read_yaml(path)
    assert document["a1"][0] is document["a0"]
    assert len(str(refused({"title": document["a59"]}))) < 200


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "'a' is given twice"),
        ("a: 1\nb: [1, 2\nc: 3\n", 3, "is not valid YAML"),
        ("a: 1\n\tb: 2\n", 2, "is not valid YAML"),
        ("a: 1\nb: \x00\n", 2, r"is not valid YAML \(the character U\+0000 is not allowed\)"),
        ("a: 1\nb: *nobody\n", 2, "undefined alias"),
        ("a: 1\n---\nb: 2\n", 2, "another document"),
        ("a: 1\nb: 2024-13-41\n", 2, "'2024-13-41' is no value"),
        ("a: 1\nb: 0b_\n", 2, "'0b_' is no value"),
        ("a: 1\nb: " + "9" * 5000, 2, "is no value"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, "tag"),
        ("a: !mine 1\n", 1, "is not valid YAML"),
        ("a: 1\nb: !mine {c: 1}\n", 2, "tag '!mine' is not allowed"),
        ("a: 1\n? [b]\n: 2\n", 2, "a key is no text"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_line(tmp_path: Path, text: str, line: int, what: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigurationError, match=what) as caught:
        read_yaml(path)
    assert caught.value.where == f"{path}:{line}"
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\xff\xfea\x00", "is not UTF-8"),
        ("naïf: 1".encode("latin-1"), r"is not UTF-8 \(invalid continuation byte at byte 2\)"),
        (b"- a\n- b\n", "does not hold a mapping"),
        (b"just a text", "does not hold a mapping"),
        (b"a: " + b"[" * 5000, "nested too deeply"),
        (b"a: &a [*a]", "nested too deeply"),
    ],
)
def test_what_is_no_settings_file_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(ConfigurationError, match=what) as caught:
        read_yaml(path)
    assert caught.value.where.startswith(str(path))


def test_a_file_that_is_not_there_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.yaml", tmp_path):
        with pytest.raises(ConfigurationError, match="cannot be read") as caught:
            read_yaml(path)
        assert caught.value.where == str(path)


PIECES = st.lists(
    st.sampled_from(
        ["a", "b", ": ", "\n", "  ", "- ", "[", "]", "{", "}", ", ", "&x ", "*x", "!!int ", "!t ", "'", '"', "#", "|",
         ">", "? ", "~", "0x_", "1:60", "2001-02-30", ".inf", "1e999", "<<", "%", "@", "\t", "---\n", "\ufeff", "é",
         "9" * 20, "=", "0o", "-.", "\\x", "!!binary ", "!!set ", "!!timestamp ", "!!bool ", "!!float ", "!!omap "]
    ),
    max_size=25,
).map("".join)  # fmt: skip


@given(st.binary(max_size=60) | (PIECES | st.text(max_size=40)).map(lambda text: text.encode("utf-8", "replace")))
@example(b"a: !!int x")
@example(b"a: !!bool x")
@example(b"a: !!timestamp x")
@example(b"a: !!float 1_:2")
@example(b"%YAML 3.0\n---\na: 1")
def test_any_bytes_are_a_mapping_or_refused_in_words(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.yaml"
    path.write_bytes(content)
    assert_read_or_refused(lambda: read_yaml(path), str(path))
