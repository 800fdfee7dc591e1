"""Whatever comes, in whatever order: ids never fall, holds end, and a typed text is always answered."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.fake_host import FakeHost
from visavis_agent.conversation.machine import Conversation
from visavis_agent.conversation.settings import ConversationSettings
from visavis_agent.conversation.stage import ConversationStage
from visavis_agent.core.clock import MS
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    HandGesture,
    Hypothesis,
    Lane,
    Person,
    Persons,
    Phase,
    Playback,
    PlaybackStatus,
    Presence,
    Record,
    SinkState,
    SpeechAudio,
    SpeechPlan,
    TextInput,
    TurnReport,
    TurnState,
    UserTurn,
    Utterance,
    VoiceActivity,
    WordsHeard,
    equal,
)

LONGEST_HOLD = 4000 * MS
# Everything that may still be waited for after the last event.
LONGEST_WAIT = 30_000 * MS
EPOCH = 5

_TEXTS = st.sampled_from(["", "yes", "stop", "um", "where is the", "where are the toilets", "mm hm", "the", "x" * 300])
_LOCALES = st.sampled_from(["en", "en-GB", "de", ""])
# Media times of records: about now, long ago, or in the future.
_OFFSETS = st.one_of(st.integers(-500, 0), st.sampled_from([-(10**9), -60_000, -2000, 50, 60_000]))
_IDS = st.builds(ReplyId, st.integers(EPOCH - 1, EPOCH + 1), st.integers(0, 6), st.integers(0, 3))
# Most ids are the newest; some are older, some were never issued.
_PAST = st.sampled_from([0, 0, 0, 0, 1, 4, -1])


def _voice(speaking: bool, probability: float, at: int, since: int) -> VoiceActivity:
    return VoiceActivity(media_ns=at, speaking=speaking, probability=probability, since_ns=since)


def _utterance(text: str, final: bool, pause: bool, locale: str, at: int, start: int, length: int) -> Utterance:
    hypotheses = (Hypothesis(text), Hypothesis(text + " too", 0.2)) if text else ()
    return Utterance(
        media_ns=at,
        utterance=1,
        hypotheses=hypotheses,
        final=final,
        start_ns=start,
        end_ns=start + length,
        locale=locale,
        pause=pause,
    )


def _persons(at: int, engaged: str, gesture: HandGesture) -> Persons:
    person = Person(
        person_id=engaged or "a", attention=0.9, presence=Presence.CONFIRMED, box=(0.4, 0.4, 0.1, 0.1), gesture=gesture
    )
    return Persons(media_ns=at, persons=(person,), engaged_id=engaged)


class Happening:
    """What an example does: a record made of times relative to now and of an id, perhaps one that was issued."""

    def __init__(self, kind: str, wait: int, back: int, values: tuple[object, ...]) -> None:
        self.kind, self.wait, self.back, self.values = kind, wait, back, values

    def __repr__(self) -> str:
        return f"Happening({self.kind!r}, {self.wait}, {self.back}, {self.values})"

    def record(self, now: int, issued: list[ReplyId]) -> Record | None:
        """The record; ids that were issued come back late, twice and out of order."""
        v: tuple[object, ...] = self.values
        past = int(v[-1])  # type: ignore[call-overload]
        id = issued[max(0, len(issued) - 1 - past)] if past >= 0 and issued else v[0]
        at = now + self.back * MS
        match self.kind:
            case "voice":
                return _voice(v[1], v[2], at, at)  # type: ignore[arg-type]
            case "words":
                return _utterance(v[3], v[1], bool(self.back % 2), v[4], now, at, abs(self.back) * MS // 2)  # type: ignore[arg-type]
            case "text":
                return TextInput(media_ns=at, text=v[3])  # type: ignore[arg-type]
            case "persons":
                return _persons(at, v[5], v[8])  # type: ignore[arg-type]
            case "plan":
                return SpeechPlan(media_ns=at, id=id, clause=0, text="x", last=v[1], lane=v[6])  # type: ignore[arg-type]
            case "sound":
                return SpeechAudio(
                    media_ns=at,
                    id=id,  # type: ignore[arg-type]
                    lane=v[6],  # type: ignore[arg-type]
                    clause=0,
                    sample_rate=16_000,
                    first_sample=0,
                    pcm=np.zeros(0, np.int16),
                    last=True,
                )
            case "playback":
                return PlaybackStatus(
                    media_ns=at,
                    id=id,  # type: ignore[arg-type]
                    lane=v[6],  # type: ignore[arg-type]
                    state=v[7],  # type: ignore[arg-type]
                    sample=0,
                    sample_rate=16_000,
                    starved=v[1],  # type: ignore[arg-type]
                )
            case "heard":
                return WordsHeard(media_ns=at, id=id, text="x", complete=v[1])  # type: ignore[arg-type]
        return None


_KINDS = st.sampled_from(
    ["voice", "voice", "voice", "words", "words", "text", "persons", "plan", "sound", "playback", "heard", "time"]
)
_VALUES = st.tuples(
    _IDS,
    st.booleans(),
    st.sampled_from([0.0, 0.2, 0.4, 0.6, 1.0]),
    _TEXTS,
    _LOCALES,
    st.sampled_from(["", "p1", "p2"]),
    st.sampled_from(list(Lane)),
    st.sampled_from(list(SinkState)),
    st.sampled_from(list(HandGesture)),
    _PAST,
)
_HAPPENINGS = st.lists(
    st.builds(Happening, _KINDS, st.sampled_from([0, 0, 10, 100, 100, 350, 1300, 9000]), _OFFSETS, _VALUES), max_size=60
)
# Somebody stutters into the answer: voice on and off, and rarely a word.
_STUTTER = st.lists(
    st.builds(
        Happening,
        st.sampled_from(["voice", "voice", "voice", "voice", "words", "playback", "heard"]),
        st.sampled_from([50, 100, 350]),
        st.just(0),
        _VALUES,
    ),
    min_size=20,
    max_size=60,
)
_SETTINGS = st.builds(
    ConversationSettings,
    endpoint_ms=st.sampled_from([0, 200, 3000]),
    hesitation_ms=st.sampled_from([0, 1200]),
    confirm_ms=st.sampled_from([100, 600, 3000]),
    backchannel_ms=st.sampled_from([100, 1200, 5000]),
    idle_ms=st.sampled_from([0, 8000]),
    patience_ms=st.sampled_from([500, 6000]),
    drafts=st.booleans(),
)


class Watch:
    """Checks everything that is sent."""

    def __init__(self) -> None:
        self.id = ReplyId(EPOCH)
        self.drafted = ReplyId(EPOCH)
        self.issued: list[ReplyId] = []
        self.taken: dict[ReplyId, UserTurn] = {}
        self.held_since: int | None = None

    def see(self, record: Record, now: int) -> None:
        assert record.media_ns == now
        if isinstance(record, TurnState):
            assert record.id >= self.id, "an id fell"
            self.id = record.id
            self.issued.append(record.id)
            held = record.playback is Playback.HOLD
            if held and self.held_since is None:
                self.held_since = now
            elif not held:
                self.held_since = None
            assert not (held and record.phase in (Phase.IDLE, Phase.LISTENING)), "nothing to hold"
        elif isinstance(record, UserTurn) and record.draft:
            assert record.id > max(self.id, self.drafted), "a draft under an id that was used"
            self.drafted = record.id
            self.issued.append(record.id)
        elif isinstance(record, UserTurn):
            assert record.id == self.id, "a turn under an id that is not the current"
            known = self.taken.setdefault(record.id, record)
            assert equal(replace(record, media_ns=known.media_ns), known), "another turn under the same id"
        elif isinstance(record, TurnReport):
            assert record.id <= self.id and record.id in self.taken

    def check_hold(self, now: int) -> None:
        assert self.held_since is None or now - self.held_since <= LONGEST_HOLD, "a hold did not end"


def _ring(machine: Conversation, until: int, watch: Watch) -> None:
    """Answer alarms up to `until`; each is in the future of the one before or met at once."""
    rung = 0
    while (alarm := machine.alarm) is not None and alarm <= until:
        for record in machine.on(None, alarm):
            watch.see(record, alarm)
        assert machine.alarm is None or machine.alarm > alarm, "an alarm that was met rings again"
        watch.check_hold(alarm)
        rung += 1
        assert rung < 1000, "it does not come to rest"


@given(_HAPPENINGS, _SETTINGS)
def test_the_machine_keeps_its_promises(happenings: list[Happening], chosen: ConversationSettings) -> None:
    assert _play(happenings, chosen, speaking=False).id > ReplyId(EPOCH)


@given(st.one_of(_STUTTER, _HAPPENINGS), _SETTINGS)
def test_it_keeps_them_while_the_agent_is_spoken_over(
    happenings: list[Happening], chosen: ConversationSettings
) -> None:
    assert _play(happenings, chosen, speaking=True).id > ReplyId(EPOCH)


def _play(happenings: list[Happening], chosen: ConversationSettings, speaking: bool) -> Watch:
    """A conversation in which everything sent is checked, to its rest and a last turn."""
    machine, watch, now = Conversation(chosen, EPOCH), Watch(), 1000 * MS
    for record in machine.begin(now):
        watch.see(record, now)
    if speaking:
        _ask(machine, watch, now)
        playing = PlaybackStatus(
            media_ns=now, id=watch.id, lane=Lane.REPLY, state=SinkState.PLAYING, sample=0, sample_rate=16_000
        )
        for record in (*machine.on(playing, now), *machine.on(_voice(True, 0.2, now, now), now)):
            watch.see(record, now)
        assert watch.held_since is not None
    for happening in happenings:
        _ring(machine, now + happening.wait * MS, watch)
        now += happening.wait * MS
        for record in machine.on(happening.record(now, watch.issued), now):
            watch.see(record, now)
        watch.check_hold(now)
        assert machine.alarm is None or machine.alarm > now
    _ring(machine, now + LONGEST_WAIT, watch)
    now += LONGEST_WAIT
    assert watch.held_since is None
    _ask(machine, watch, now)
    return watch


def _ask(machine: Conversation, watch: Watch, now: int) -> None:
    """No deadlock: whatever was before, a typed text is a turn."""
    sent = machine.on(TextInput(media_ns=now, text="Where are the toilets?"), now)
    for record in sent:
        watch.see(record, now)
    (turn,) = [record for record in sent if isinstance(record, UserTurn)]
    states = [record for record in sent if isinstance(record, TurnState)]
    assert turn.hypotheses[0].text == "Where are the toilets?"
    assert (states[-1].phase, states[-1].playback, states[-1].id) == (Phase.THINKING, Playback.PLAY, turn.id)


@given(_HAPPENINGS)
def test_the_stage_sends_what_the_machine_says_and_wakes_it_in_time(happenings: list[Happening]) -> None:
    host = FakeHost()
    host.advance((EPOCH - 1) * 1)  # the epoch is the time of the start, plus 1
    stage = ConversationStage(ConversationSettings(), host)
    stage.start()
    watch, seen = Watch(), 0

    def look() -> None:
        nonlocal seen
        for record in host.emitted[seen:]:
            watch.see(record, record.media_ns)
        seen = len(host.emitted)
        watch.check_hold(host.now())

    for happening in happenings:
        for _ in range(max(1, happening.wait // 100)):
            host.advance(min(happening.wait, 100) * MS)
            look()
        record = happening.record(host.now(), watch.issued)
        if record is not None:
            stage.handle(record)
        look()
    for _ in range(LONGEST_WAIT // (1000 * MS)):
        host.advance(1000 * MS)
        look()
    assert watch.held_since is None
    stage.handle(TextInput(media_ns=host.now(), text="Where are the toilets?"))
    assert host.of(UserTurn)[-1].hypotheses[0].text == "Where are the toilets?"
    assert host.of(TurnState)[-1].phase is Phase.THINKING
    stage.stop()
    emitted = len(host.emitted)
    host.advance(LONGEST_WAIT)
    assert len(host.emitted) == emitted, "a stopped stage spoke"


def _size(value: object, seen: set[int]) -> int:
    """Number of objects that `value` holds on to."""
    if id(value) in seen or isinstance(value, (str, int, float, type)) or callable(value):
        return 0
    seen.add(id(value))
    if isinstance(value, dict):
        return 1 + sum(_size(item, seen) for item in value.values())
    if isinstance(value, (list, tuple, set, frozenset, deque)):
        return 1 + sum(_size(item, seen) for item in value)
    return 1 + sum(_size(item, seen) for item in getattr(value, "__dict__", {}).values())


@settings(max_examples=20)
@given(st.lists(st.builds(Happening, _KINDS, st.sampled_from([0, 100]), _OFFSETS, _VALUES), min_size=5, max_size=20))
def test_memory_is_bounded(happenings: list[Happening]) -> None:
    machine, watch, now = Conversation(ConversationSettings(), EPOCH), Watch(), 1000 * MS
    for _ in range(40):
        for happening in happenings:
            now += happening.wait * MS
            for record in machine.on(happening.record(now, watch.issued[-5:]), now):
                watch.see(record, now)
        assert _size(machine, set()) < 300
