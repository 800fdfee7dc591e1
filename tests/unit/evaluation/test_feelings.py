from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from visavis_agent.cli import main
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.paths import conversations_directory
from visavis_agent.dialogue.talking_tree import Role
from visavis_agent.evaluation.feelings import Turn, converse, jumps, read_conversation

TEXTS = (
    "I am so happy, thank you so much!",
    "Where are the toilets?",
    "I am so sad, I feel like crying.",
    "When do you close?",
    "This is wonderful, I love it!",
    "Where can I buy tickets?",
)


@pytest.fixture(scope="module")
def turns() -> list[Turn]:
    return converse(TEXTS, "vera")


def test_the_shipped_conversation_has_thirty_turns() -> None:
    assert len(read_conversation(conversations_directory() / "thirty_turns.txt")) == 30


@pytest.mark.parametrize("content", ["", "# nothing\n\n", "\n".join(["hello"] * 1001), b"\xff\xfe"])
def test_a_file_that_is_no_conversation_is_refused(tmp_path: Path, content: str | bytes) -> None:
    path = tmp_path / "texts.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigurationError, match="conversation"):
        read_conversation(path)


def test_a_missing_file_is_told() -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_conversation(Path("nowhere.txt"))


def test_every_turn_grows_a_round_for_the_visitor_and_one_for_the_agent(turns: list[Turn]) -> None:
    nodes = [node for turn in turns for node in turn.nodes]
    assert [node.number for node in nodes] == list(range(1, len(nodes) + 1))
    speakers = [node.who for node in nodes if node.role is Role.SPEAK]
    assert speakers == ["visitor", "agent"] * len(TEXTS)


def test_the_course_of_the_conversation_softens_what_the_agent_feels(turns: list[Turn]) -> None:
    alone = converse(TEXTS, "vera", history=False)
    assert sum(jumps(turns)) < 0.9 * sum(jumps(alone))
    after_the_sad_turn = 3
    assert turns[after_the_sad_turn].agent.valence < alone[after_the_sad_turn].agent.valence - 0.1
    assert alone[1].agent.valence == pytest.approx(alone[after_the_sad_turn].agent.valence, abs=0.05)


def test_course_and_tree_are_drawn(tmp_path: Path) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("\n".join(TEXTS[:3]))
    for action in ("course", "tree"):
        out = tmp_path / f"{action}.png"
        assert main(["dialogue", action, str(texts), "--out", str(out)]) == 0
        with Image.open(out) as picture:
            assert picture.width > 800
            assert len(picture.convert("RGB").getcolors(1 << 20) or []) > 20
