"""What the visitor's sound up to a silence was: a turn, half a sentence, a sign of listening, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from visavis_agent.conversation.completeness import is_unfinished
from visavis_agent.conversation.settings import ConversationSettings
from visavis_agent.conversation.visitor import Visitor
from visavis_agent.conversation.wording import is_backchannel, is_silencing, means_it, takes_floor
from visavis_agent.core.clock import MS
from visavis_agent.core.records import Hypothesis

# "Stop" in another voice came out as "shut the", "champ", "chump", and was found among the next readings; among the
# eight of signs of listening ("uh-huh", "yeah", "oh", hums) there was no such word.
_SHORT_READINGS = 8
# Of 11 beginnings of questions that were taken for whole ones 3 had a second reading as likely as this that was open;
# of 47 whole questions 1 had.
_LIKELY_READINGS = 3
# An end is taken for open that is so in this share of all readings, unless the words are sure: of 11 whole questions in
# white noise of 20 dB that seemed open 4 were so in fewer, of 45 broken off in silence 1.
_FEW_READINGS, _SURE = 0.25, 0.6
# Words that are less sure than this tell nothing of an end: of 60 questions broken off in silence 1 open one was, of 60
# whole ones in white noise of 20 dB 15, among them 5 of the 6 that seemed open.
GARBLED = 0.2
_LIKELY = 0.85


class Verdict(Enum):
    """BACKCHANNEL: a sign of listening. NOISE: a cough, a click, talk that is meant for others. MUMBLE: long speech
    without a word understood.
    """

    TURN = "turn"
    UNFINISHED = "unfinished"
    BACKCHANNEL = "backchannel"
    NOISE = "noise"
    MUMBLE = "mumble"


NO_INTERRUPTION = frozenset((Verdict.BACKCHANNEL, Verdict.NOISE, Verdict.MUMBLE))
"""What leaves the floor to an agent who is speaking."""


def judge(
    visitor: Visitor, hypotheses: Sequence[Hypothesis], over_agent: bool, settings: ConversationSettings
) -> Verdict:
    """Judge all that was understood of the visitor until now.

    Args:
        hypotheses: of it, best first; none: no word was understood.
        over_agent: it was said while the agent had the floor. Short sounds of listening are hardly ever recognised
            as such (a hummed "mm-hm" came out as "over", "uh-huh" as "the flood"): shortness tells them.
    """
    if over_agent and visitor.by_voice and visitor.aside:
        return Verdict.NOISE
    readings = [hypothesis.text for hypothesis in hypotheses]
    text, duration_ms = readings[0] if readings else "", visitor.duration_ns / MS
    if not text:
        return Verdict.MUMBLE if duration_ms >= settings.apology_ms else Verdict.NOISE
    if is_backchannel(text, visitor.locale):
        return Verdict.BACKCHANNEL
    if visitor.by_voice and over_agent and duration_ms < settings.confirm_ms:
        if not takes_floor(text, visitor.locale) and not asks_for_silence(visitor, readings, settings):
            return Verdict.BACKCHANNEL
    elif visitor.by_voice and duration_ms < settings.noise_ms and not means_it(text, visitor.locale):
        return Verdict.NOISE
    return Verdict.UNFINISHED if _ends_open(hypotheses, visitor.locale) else Verdict.TURN


def _ends_open(hypotheses: Sequence[Hypothesis], locale: str) -> bool:
    confidence = hypotheses[0].confidence
    if confidence < GARBLED or not any(is_unfinished(likely, locale) for likely in _likely(hypotheses)):
        return False
    open_readings = sum(is_unfinished(hypothesis.text, locale) for hypothesis in hypotheses)
    return confidence >= _SURE or open_readings > _FEW_READINGS * len(hypotheses)


def _likely(hypotheses: Sequence[Hypothesis]) -> list[str]:
    """The best readings: "when is that" may have been "when is the"."""
    return [h.text for h in hypotheses[:_LIKELY_READINGS] if h.confidence >= _LIKELY * hypotheses[0].confidence]


def asks_for_silence(visitor: Visitor, readings: Sequence[str], settings: ConversationSettings) -> bool:
    """ "Stop" and the like; of a short word the next readings count as well ("champ", "chump", "stop")."""
    short = visitor.by_voice and visitor.duration_ns < settings.confirm_ms * MS
    return any(is_silencing(text, visitor.locale) for text in readings[: _SHORT_READINGS if short else 1])
