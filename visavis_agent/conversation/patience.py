"""How long the visitor is left to go on, by what his words, his voice and the mind say, and by how he spoke before."""

from __future__ import annotations

from visavis_agent.conversation.completeness import ends_in_a_link
from visavis_agent.conversation.judgement import GARBLED, Verdict
from visavis_agent.conversation.melody import Melody
from visavis_agent.conversation.settings import ConversationSettings
from visavis_agent.conversation.wording import words_of
from visavis_agent.core.clock import MS
from visavis_agent.core.records import Hypothesis

# A silence between these, inside what turned out to be one turn, is a hesitation: shorter ones are stops and breath.
_HESITATION_NS = (400 * MS, 1500 * MS)
# Whoever has heard so many answers since his last one, that to it included, is fluent again.
_REMEMBERED_ANSWERS = 4
# Of 28 questions broken off in silence whose words seemed open 3 had words less sure than this; of 4 whole ones in
# white noise of 20 dB that seemed open ("when are you" for "when are you open") all 4.
_UNSURE = 0.5
# With a third instead of this part of the time, 95 % of 60 questions in white noise of 20 dB are answered within 1,040
# instead of 929 ms; of 60 with a pause as many are cut in upon.
_UNSURE_SHARE = 6


class Patience:
    """Decides when a turn may be taken.

    A finished question is answered after `endpoint_ms`, one that cannot be finished after `hesitation_ms`, and in doubt
    after `doubt_ms`: when the mind plans no answer (as it does to half a question, dialogue/wholeness.py), or when the
    voice is held up. Two doubts, or one about somebody who has hesitated before, make it unfinished. A known question
    of several words with which no other begins is whole, however the voice ends ("hello" begins much else). Half-heard
    words that seem unfinished get a sixth of the time between: their end may not have been understood, unless it is a
    word like "the". Those that are hardly sure at all leave one doubt at most.

    Attributes:
        melody: of the visitor's voice.
    """

    def __init__(self, settings: ConversationSettings) -> None:
        self._settings = settings
        self.melody = Melody()
        self._end_ns = 0
        self._verdict = Verdict.TURN
        self._held_up = self._unsure = self._garbled = False
        self._halted, self._text = False, ""
        self._hesitant = 0  # for so many answers
        known = [tuple(words_of(question)) for question in settings.questions]
        begun = {question[:count] for question in known for count in range(1, len(question))}
        self._whole = {question for question in known if len(question) > 1} - begun

    def begin(self, since_ns: int, to_answer: bool) -> None:
        """The visitor speaks, or goes on.

        Args:
            to_answer: it may be a response to what the agent says.
        """
        self.melody.begin()
        shortest, longest = _HESITATION_NS
        silent_ns = since_ns - self._end_ns
        self._halted = bool(self._end_ns) and not to_answer and shortest <= silent_ns <= longest
        self._end_ns = 0

    def answered(self) -> None:
        """An answer was heard: whoever speaks next does not go on with what he said before."""
        self._end_ns = 0
        self._hesitant = max(0, self._hesitant - 1)

    def forget(self) -> None:
        """The next visitor is another one."""
        self._hesitant, self._end_ns = 0, 0
        self.melody.forget()

    def expect(self, end_ns: int, verdict: Verdict, best: Hypothesis | None, planned: bool) -> int:
        """When the turn may be taken, ns.

        Args:
            end_ns: the last sound of the visitor.
            best: the likeliest reading of what he said, if there is one.
            planned: the mind has begun to answer, or is not asked before the turn is taken.
        """
        self._end_ns, self._verdict = end_ns, verdict
        before, self._text = self._text, best.text if best is not None else ""
        if self._halted and self._text not in ("", before):  # he did go on: it was no sound of the room
            self._hesitant = _REMEMBERED_ANSWERS
        self._held_up = self.melody.held_up and (best is None or tuple(words_of(best.text)) not in self._whole)
        self._unsure = best is not None and best.confidence < _UNSURE and not ends_in_a_link(best.text)
        self._garbled = best is not None and best.confidence < GARBLED
        return end_ns + self._wait_ms(planned) * MS

    def planned(self) -> int:
        """The same now that the mind answers what was said."""
        return self._end_ns + self._wait_ms(True) * MS

    def _wait_ms(self, planned: bool) -> int:
        settings = self._settings
        longest = settings.hesitation_ms
        if self._unsure and not self._hesitant:
            longest = settings.doubt_ms + (longest - settings.doubt_ms) // _UNSURE_SHARE
        if self._verdict is Verdict.UNFINISHED:
            return longest
        waits = (settings.endpoint_ms, settings.doubt_ms, longest)
        doubts = (not planned) + self._held_up
        if doubts and self._hesitant:
            doubts += 1
        return waits[min(doubts, 1 if self._garbled else 2)]
