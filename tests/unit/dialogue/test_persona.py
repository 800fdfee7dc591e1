from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.paths import personas_directory
from visavis_agent.dialogue.persona import load_persona

FILES = ("profile.yaml", "phrases.yaml", "knowledge.yaml")
KNOWLEDGE = """
facts:
  price: ten euros
intents:
  tickets:
    topic: tickets
    ask:
      - What does it cost?
    answer:
      - It costs {price}.
"""
PROFILE = """
name: Bo
role: a guide
greeting: [Hello!]
suggested_questions: ['What does it cost?']
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The smallest persona pack."""
    return make_pack(tmp_path / "bo")


def make_pack(directory: Path, knowledge: str = KNOWLEDGE, profile: str = PROFILE) -> Path:
    directory.mkdir(exist_ok=True)
    (directory / "profile.yaml").write_text(profile)
    (directory / "knowledge.yaml").write_text(knowledge)
    shutil.copy(personas_directory() / "vera" / "phrases.yaml", directory / "phrases.yaml")
    return directory


def test_a_pack_may_be_given_as_a_path(pack: Path) -> None:
    persona = load_persona(str(pack))
    assert persona.profile.name == "Bo"
    assert persona.intent("tickets").text.answer == ("It costs ten euros.",)
    assert persona.grammar_phrases == ("what does it cost",)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"Known: .*vera"):
        load_persona("nobody")


@pytest.mark.parametrize("name", ["", ".", "..", "/", "a\x00b", "vera/../nobody"])
def test_odd_names_are_refused(name: str) -> None:
    with pytest.raises(ConfigurationError):
        load_persona(name)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(pack: Path, name: str) -> None:
    (pack / name).unlink()
    with pytest.raises(ConfigurationError, match=name):
        load_persona(str(pack))


@pytest.mark.parametrize("name", FILES)
def test_an_empty_file_is_refused(pack: Path, name: str) -> None:
    (pack / name).write_text("")
    with pytest.raises(ConfigurationError, match=name):
        load_persona(str(pack))


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "problem"),
    [
        ("profile.yaml", "role:", "rolle:", 3, "unknown setting 'rolle'.*Did you mean 'role'"),
        ("profile.yaml", "name: Bo", "name: 7", 2, "must be of type str"),
        ("profile.yaml", "name: Bo", "name: ' '", 2, "name is missing or empty"),
        ("profile.yaml", "greeting: [Hello!]", "greeting: []", 4, "greeting is missing or empty"),
        ("profile.yaml", "[Hello!]", "['<gesture fly>']", 4, "unknown gesture 'fly'.*wave"),
        ("profile.yaml", "name: Bo", "name: Bo\nlocale: English!", 3, "BCP-47"),
        ("profile.yaml", "name: Bo", "name: Bo\nage: 0", 3, "lowest allowed is 1"),
        ("profile.yaml", "name: Bo", "name: Bo\npersonality: {openness: 2}", 3, "highest allowed is 1"),
        ("profile.yaml", "name: Bo", "name: Bo\nname: Bo", 3, "given twice"),
        ("knowledge.yaml", "facts:", "fact:", 2, "unknown key 'fact'"),
        ("knowledge.yaml", "{price}", "{cost}", 9, "unknown fact {cost}"),
        ("knowledge.yaml", "topic: tickets", "topic: ''", 5, "tickets has no topic"),
        ("knowledge.yaml", "    answer:", "    action: repeat\n    answer:", 5, "either answer or action"),
        ("knowledge.yaml", "    answer:", "    emotion: bored\n    answer:", 9, "Allowed: .*joy"),
        ("knowledge.yaml", "- What does it cost?", "- Yes", 7, "must be of type str"),
        ("phrases.yaml", "{topic}?", "{subject}?", 9, "unknown {subject}.*{topic}"),
        ("phrases.yaml", "  sadness:", "  melancholy:", 53, "unknown emotion 'melancholy'"),
        ("profile.yaml", "['What does it cost?']", "['Who won?']", None, "'Who won\\?' is asked nowhere"),
        ("profile.yaml", "name: Bo", "name: Bo\noffers: [nothing]", None, "offers names 'nothing'"),
    ],
)
def test_mistakes_are_named_with_file_and_line(
    pack: Path, file: str, old: str, new: str, line: int | None, problem: str
) -> None:
    path = pack / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigurationError, match=problem) as error:
        load_persona(str(pack))
    assert error.value.where == (f"{path}:{line}" if line else str(path))


def test_the_same_question_under_two_intents_is_refused(pack: Path) -> None:
    twice = KNOWLEDGE + "  again:\n    topic: x\n    ask: [what does it COST]\n    answer: [Much.]\n"
    make_pack(pack, twice)
    with pytest.raises(ConfigurationError, match="also asked at"):
        load_persona(str(pack))


def test_the_same_intent_in_two_files_is_refused(pack: Path) -> None:
    (pack / "small_talk.yaml").write_text(KNOWLEDGE.replace("What does", "What will"))
    with pytest.raises(ConfigurationError, match=r"tickets is already at .*knowledge\.yaml:5"):
        load_persona(str(pack))


@given(data=st.data())
def test_a_mutilated_pack_loads_or_says_where_it_is_wrong(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pack = make_pack(tmp_path_factory.mktemp("pack"))
    path = pack / data.draw(st.sampled_from(FILES))
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw)))
        end = min(len(raw), start + data.draw(st.integers(0, 30)))
        raw[start:end] = data.draw(
            st.binary(max_size=8) | st.text("{}[]:-<>&*!?#|\n\t 'ab1", max_size=8).map(str.encode)
        )
    path.write_bytes(bytes(raw))
    where = str(pack)
    try:
        load_persona(str(pack))
    except ConfigurationError as error:
        where = error.where
    assert str(pack) in where
