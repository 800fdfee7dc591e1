"""Ids: what is newer, and who belongs together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.ids import ReplyId

IDS = st.builds(ReplyId, st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))


def test_epoch_beats_turn_and_turn_beats_reply() -> None:
    assert ReplyId(1, 9, 9) < ReplyId(2, 0, 0)
    assert ReplyId(1, 1, 9) < ReplyId(1, 2, 0)
    assert ReplyId(1, 1, 1) < ReplyId(1, 1, 2)


@given(IDS, IDS)
def test_ids_are_ordered_like_their_three_numbers(a: ReplyId, b: ReplyId) -> None:
    assert (a < b) == ((a.epoch, a.turn, a.reply) < (b.epoch, b.turn, b.reply))
    assert (a == b) == (not a < b and not b < a)
    assert a != b or hash(a) == hash(b)


@given(IDS)
def test_another_draft_is_newer_and_of_the_same_turn(id_: ReplyId) -> None:
    assert id_ < id_.next_reply()
    assert id_.same_turn(id_.next_reply())


@given(IDS, IDS)
def test_the_next_turn_is_newer_than_every_draft_of_this_one(id_: ReplyId, other: ReplyId) -> None:
    draft = ReplyId(id_.epoch, id_.turn, other.reply)
    assert draft < id_.next_turn()
    assert not draft.same_turn(id_.next_turn())
    assert id_.next_turn().reply == 0


def test_a_restart_never_looks_old() -> None:
    assert not ReplyId(2, 1, 0).same_turn(ReplyId(3, 1, 0))
    assert ReplyId(2, 2**32 - 1, 2**32 - 1) < ReplyId(3)


def test_an_id_reads_as_epoch_turn_reply() -> None:
    assert str(ReplyId(3, 2, 1)) == "3.2.1"
