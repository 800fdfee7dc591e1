"""What the visitor has said since the last turn, and whether he is still at it."""

from __future__ import annotations

from itertools import product

from visavis_agent.conversation.wording import is_backchannel, words_of
from visavis_agent.core.records import Hypothesis, Utterance, VoiceActivity

_MOST_HYPOTHESES = 10
_LONGEST_CARRIED = 200
# Single words that are meant even when they are short.
_COMMANDS = frozenset("stop wait no hello hi help quiet enough thanks pause goodbye bye hey why what who how".split())


class Visitor:
    """Voice activity and utterances of one turn, which hesitations may cut into several utterances.

    Attributes:
        speaking: the decision of voice activity.
        since_ns: onset of the present speech.
        start_ns, end_ns: first and last speech energy of the turn.
        offset_ns: when voice activity said that speech had ended.
        text_ns: when the last final text came.
        probability: of speech, in the newest frame.
        by_voice: voice activity saw this turn; other recognisers may send words only.
    """

    def __init__(self) -> None:
        self.speaking = False
        self.since_ns = 0
        self.probability = 0.0
        self.forget()

    def forget(self) -> None:
        """The turn is over: what comes is a new one."""
        self.start_ns = self.since_ns if self.speaking else 0
        self.end_ns = 0
        self.offset_ns = 0
        self.text_ns = 0
        self.partial = ""
        self.locale = "en"
        self.awaits_text = False
        self._heard: list[Utterance] = []
        self._carried = ""
        self._started = self.speaking
        self.by_voice = self.speaking

    def voice(self, voice: VoiceActivity, now: int) -> None:
        """Take voice activity."""
        self.probability = voice.probability
        if voice.speaking and not self.speaking:
            self.since_ns = voice.since_ns
            self._start(voice.since_ns)
            self.by_voice = True
            self.partial = ""
            self.awaits_text = True
        elif self.speaking and not voice.speaking:
            self.end_ns = max(self.end_ns, voice.since_ns)
            self.offset_ns = now
        self.speaking = voice.speaking

    def understood(self, heard: Utterance, now: int) -> None:
        """Take a partial or final text."""
        self.partial = heard.text
        self.locale = heard.locale
        self._start(min(heard.start_ns, now))
        self.end_ns = max(self.end_ns, min(heard.end_ns, now))
        if heard.final:
            self.awaits_text = self.speaking
            self.text_ns = now
            self._heard.append(heard)

    def give_up_text(self) -> None:
        """No words will come for what was heard."""
        self.awaits_text = False

    def carry_on(self, text: str) -> None:
        """What follows continues `text`, which was answered too early."""
        if len(text) <= _LONGEST_CARRIED:
            self._carried = text

    @property
    def duration_ns(self) -> int:
        """From the first to the last speech energy."""
        return max(0, self.end_ns - self.start_ns)

    @property
    def text(self) -> str:
        """The best reading of everything final so far."""
        return " ".join(part for part in [self._carried, *(heard.text for heard in self._heard)] if part)

    @property
    def means_it(self) -> bool:
        """Short, but words that stand for themselves."""
        words = words_of(self.text)
        return len(words) >= 2 or any(word in _COMMANDS for word in words) or is_backchannel(self.text)

    def hypotheses(self, more: Utterance | None = None) -> tuple[Hypothesis, ...]:
        """The readings of the whole turn, best first; those of a partial result `more` come last."""
        parts = [heard.hypotheses for heard in [*self._heard, *([more] if more else [])] if heard.hypotheses]
        if self._carried:
            parts.insert(0, (Hypothesis(self._carried),))
        if not parts:
            return ()
        # Alternatives of the last part matter most: the earlier ones have only their best.
        readings = product(*([part[0]] for part in parts[:-1]), parts[-1][:_MOST_HYPOTHESES])
        return tuple(
            Hypothesis(" ".join(h.text for h in reading), min(h.confidence for h in reading)) for reading in readings
        )

    def _start(self, at_ns: int) -> None:
        if not self._started:
            self._started = True
            self.start_ns = at_ns
