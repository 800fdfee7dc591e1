from __future__ import annotations

from visavis_agent.core.ids import ReplyId
from visavis_agent.dialogue.memory import CAPACITY, Exchange, Memory


def exchange(turn: int, question: str = "q", intro: str = "", content: str = "One two three.") -> Exchange:
    return Exchange(ReplyId(1, turn, 0), question, intro, content)


def test_what_was_planned_is_not_yet_said() -> None:
    memory = Memory()
    memory.add(exchange(1))
    assert memory.last is not None
    assert memory.last.heard_content == ""


def test_memory_keeps_what_was_heard() -> None:
    memory = Memory()
    memory.add(exchange(1))
    memory.heard(ReplyId(1, 1, 0), "One two", complete=False)
    assert memory.last is not None
    assert memory.last.heard_content == "One two"
    memory.heard(ReplyId(1, 1, 0), "One two three.", complete=True)
    assert memory.last.heard_content == "One two three."


def test_an_intro_is_no_content() -> None:
    memory = Memory()
    memory.add(exchange(1, intro="I said:"))
    memory.heard(ReplyId(1, 1, 0), "I said: One", complete=False)
    assert memory.last is not None
    assert memory.last.heard_content == "One"


def test_words_of_unknown_replies_are_no_news() -> None:
    memory = Memory()
    memory.add(exchange(1))
    memory.heard(ReplyId(1, 9, 0), "else", complete=True)
    assert memory.last is not None
    assert not memory.last.complete


def test_the_last_question_skips_what_the_agent_began() -> None:
    memory = Memory()
    assert memory.last_question == ""
    memory.add(exchange(1, "Where?"))
    memory.add(exchange(2, ""))
    assert memory.last_question == "Where?"


def test_memory_is_bounded_and_can_be_cleared() -> None:
    memory = Memory()
    for turn in range(200):
        memory.add(exchange(turn))
    assert len(memory) == CAPACITY
    memory.clear()
    assert memory.last is None
