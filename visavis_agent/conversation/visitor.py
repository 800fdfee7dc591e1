"""What the visitor has said since the last turn, and whether he is still at it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import product
from math import log10
from statistics import median

from visavis_agent.conversation.wording import is_silencing
from visavis_agent.core.clock import SECOND
from visavis_agent.core.records import Hypothesis, Utterance, VoiceActivity

# Probability of speech below which the newest frame is a pause, and above which speech is on again.
_PAUSING = 0.35
_TALKING = 0.5
# Detectors hold on for 0.1 s after the last sound; it has faded by then.
_FADED_DB = 25.0
_SILENT_DBFS = -120.0
# Whose loudest sound is so far below the mean of earlier turns speaks to somebody else, or is somebody else, further
# away: twice the distance takes 6 dB, and the loudest 32 ms of a sentence are 5 to 12 dB above its mean.
_ASIDE_DB = 6.0
_TURNS_KEPT = 5
_POWERS_KEPT = 100
# Voice activity reaches back by a few frames only.
_LONGEST_REACH = 1 * SECOND
_MOST_HYPOTHESES = 10
_SILENCING_READINGS = 8
_LONGEST_CARRIED = 200
# Who talks on without a pause is understood in pieces; of a television only the last minutes are kept.
_MOST_UTTERANCES = 8


@dataclass(frozen=True)
class _Closed:
    """What was known of the turn when it was closed."""

    start_ns: int
    heard: tuple[Utterance, ...]
    carried: str


class Visitor:
    """Voice activity and utterances of one turn, which hesitations may cut into several utterances.

    Attributes:
        speaking: voice activity says so, and it is meant (see `disregard`).
        since_ns: onset of the present speech.
        start_ns, end_ns: first and last speech energy of the turn.
        offset_ns: when voice activity said that speech had ended.
        text_ns: when the last final text came.
        partial: the newest reading of the present speech.
        by_voice: voice activity saw this turn; other recognisers may send words only.
        interrupts: the agent was interrupted by it.
        awaits_text: the words of what was heard are still to come.
        reopened: the present speech goes on with what was closed a moment ago (see `close`).
        levels: mean levels of the last turns that were spoken to the agent, dBFS.
    """

    def __init__(self) -> None:
        self.speaking = False
        self.since_ns = 0
        self._voice = False
        self._probability = 0.0
        self._voiced_ns = 0
        self._peak_dbfs = _SILENT_DBFS
        self._closed_ns = 0
        self._closed: _Closed | None = None
        self._answered: int | None = None
        self.reopened = False
        self.levels: deque[float] = deque(maxlen=_TURNS_KEPT)
        self._powers: deque[float] = deque(maxlen=_POWERS_KEPT)
        self.forget()

    def forget(self) -> None:
        """The turn is over: what comes is a new one."""
        self.start_ns = self.since_ns if self.speaking else 0
        self.end_ns = 0
        self.offset_ns = 0
        self.text_ns = 0
        self.partial = ""
        self.locale = "en"
        self.interrupts = False
        self.awaits_text = self.speaking
        self.by_voice = self.speaking
        self._started = self.speaking
        self._carried = ""
        self._heard: deque[Utterance] = deque(maxlen=_MOST_UTTERANCES)

    def disregard(self, now: int) -> None:
        """Forget also the speech that is going on, until it is taken up again after a pause."""
        self.speaking = False
        self._closed_ns = now
        self._closed = None
        self.forget()

    def close(self, heard: Utterance, now: int) -> None:
        """The turn is taken with the reading `heard` before voice activity has ended; if the same speech goes on, it
        is the visitor's again.
        """
        closed = _Closed(self.start_ns, tuple(self._heard), self._carried)
        self.disregard(now)
        self._closed, self._answered = closed, heard.utterance

    def voice(self, voice: VoiceActivity, now: int) -> None:
        """Take voice activity."""
        resumed = self._probability < _PAUSING and voice.probability >= _TALKING
        self._probability = voice.probability
        if voice.speaking and (not self._voice or (resumed and not self.speaking)):
            if self._voice:  # the same utterance goes on, and its words count again
                self._closed_ns = 0
            self._begin(voice.media_ns if self._voice else voice.since_ns, now)
        elif self.speaking and not voice.speaking:
            self._end(min(voice.since_ns, now), now)
        if not voice.speaking:
            self._closed = None
        self._voice = voice.speaking
        self._peak_dbfs = max(self._peak_dbfs, voice.level_dbfs)
        if voice.speaking and voice.probability >= _PAUSING and voice.level_dbfs >= self._peak_dbfs - _FADED_DB:
            self._voiced_ns = now
            self._powers.append(10.0 ** (voice.level_dbfs / 10.0))

    def lost(self, now: int) -> None:
        """No voice activity comes any more."""
        self._voice, self._probability, self._closed = False, 0.0, None
        if self.speaking:
            self._end(self._voiced_ns, now)

    def understood(self, heard: Utterance, now: int) -> bool:
        """Take a partial or final text; False if it belongs to speech that is disregarded."""
        if 0 < heard.start_ns < self._closed_ns or heard.utterance == self._answered:
            return False
        self._answered = None
        # Recognisers elsewhere may not know when they heard it.
        end_ns = min(heard.end_ns or now, now)
        self.partial = heard.text
        self.locale = heard.locale
        if not self._started:
            self._started, self.start_ns = True, min(heard.start_ns or end_ns, now)
        self.end_ns = max(self.end_ns, end_ns)
        if heard.final:
            self.awaits_text = self.speaking
            self.text_ns = now
            self._heard.append(heard)
        return True

    def give_up_text(self) -> None:
        """No words will come for what was heard."""
        self.awaits_text = False

    def carry_on(self, text: str) -> None:
        """What follows continues `text`, which was answered too early."""
        if len(text) <= _LONGEST_CARRIED:
            self._carried = text

    # ---------------------------------------------------------------------------------------------------- questions
    @property
    def duration_ns(self) -> int:
        """From the first to the last speech energy of the turn."""
        return max(0, self.end_ns - self.start_ns)

    @property
    def spoken_ns(self) -> int:
        """How long the present speech has gone on, as far as is known; a pause at its end is not counted."""
        return max(0, self._voiced_ns - self.since_ns)

    def late_text_ns(self, now: int, endpoint_ns: int) -> int:
        """How long a decision at `now` had to wait for the words."""
        silent_ns = max(self.offset_ns, self.end_ns + endpoint_ns)
        return min(max(0, self.text_ns - silent_ns), max(0, now - self.end_ns))

    def silent_ns(self, now: int) -> int:
        """For how long nothing was heard of the present speech."""
        return max(0, now - self._voiced_ns)

    @property
    def aside(self) -> bool:
        """The present speech is much softer than what was spoken to the agent before."""
        return bool(self.levels) and self._peak_dbfs < median(self.levels) - _ASIDE_DB

    def note_level(self) -> None:
        """What was said is taken as spoken to the agent."""
        if self._powers:
            self.levels.append(10.0 * log10(sum(self._powers) / len(self._powers)))

    @property
    def pauses(self) -> bool:
        """The newest sound is none of his."""
        return self._probability < _PAUSING

    def pauses_after(self, heard: Utterance) -> bool:
        """The partial reading holds all that was said, and the visitor has been silent since."""
        return self.pauses and heard.pause

    @property
    def text(self) -> str:
        """The best reading of everything final so far."""
        return " ".join(
            part for part in [self._carry(list(self._heard)), *(heard.text for heard in self._heard)] if part
        )

    def readings(self, more: Utterance | None = None) -> tuple[str, ...]:
        """The texts of `hypotheses`."""
        return tuple(hypothesis.text for hypothesis in self.hypotheses(more))

    def hypotheses(self, more: Utterance | None = None) -> tuple[Hypothesis, ...]:
        """The readings of the whole turn, best first; those of a partial result `more` come last."""
        heard = [*self._heard, *([more] if more else [])][-_MOST_UTTERANCES:]
        parts = [part.hypotheses for part in heard if part.text]
        if carried := self._carry(heard):
            parts.insert(0, (Hypothesis(carried),))
        if not parts:
            return ()
        # Alternatives of the last part matter most: the earlier ones have only their best.
        readings = product(*([part[0]] for part in parts[:-1]), parts[-1][:_MOST_HYPOTHESES])
        return tuple(
            Hypothesis(" ".join(h.text for h in reading), min(h.confidence for h in reading)) for reading in readings
        )

    def _carry(self, heard: list[Utterance]) -> str:
        """What is carried on, unless a command such as "stop" follows it."""
        last = heard[-1].hypotheses[:_SILENCING_READINGS] if heard else ()
        return "" if any(is_silencing(reading.text, self.locale) for reading in last) else self._carried

    # ------------------------------------------------------------------------------------------------------- speech
    def _begin(self, since_ns: int, now: int) -> None:
        self.speaking = True
        self.since_ns = min(max(since_ns, now - _LONGEST_REACH), now)
        self._voiced_ns = now
        self._peak_dbfs = _SILENT_DBFS
        self._powers.clear()
        self._closed_ns = min(self._closed_ns, self.since_ns - 1)
        self.by_voice = True
        self.partial = ""
        self.awaits_text = True
        self._answered = None  # numbers may come again: from a recogniser that was started anew, or from elsewhere
        closed, self._closed = self._closed, None
        self.reopened = closed is not None and not self._started
        if closed is not None and self.reopened:
            self._started, self.start_ns, self._carried = True, closed.start_ns, closed.carried
            self._heard.extend(closed.heard)
        elif not self._started:
            self._started, self.start_ns = True, self.since_ns

    def _end(self, end_ns: int, now: int) -> None:
        self.speaking = False
        self.end_ns = max(self.end_ns, end_ns)
        self.offset_ns = now
