"""The emotional course of a conversation: what both feel from turn to turn, with and without its history."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from visavis_agent.core.clock import SECOND
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import AgentEmotion, Hypothesis, Record, UserTurn, WordsHeard
from visavis_agent.dialogue.stage import VISITOR, DialogueSettings, DialogueStage
from visavis_agent.dialogue.talking_tree import Node, Role
from visavis_agent.evaluation.stage_host import StageHost

# From the visitor's turn to his next one.
_EXCHANGE_NS = 12 * SECOND
_REPLY_NS = 5 * SECOND
# After that nothing is left of a mood.
_LONG_NS = 600 * SECOND
# Half of what lies between rest and the middle of a feeling.
JUMP = 0.35
LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange.

    Attributes:
        text: what the visitor wrote.
        visitor, agent: what was read, and what the agent showed in its answer.
        eq10: label of the visitor's node after eq. 10 of EAI-Avatar.
        nodes: what the talking tree grew for it.
    """

    text: str
    visitor: Emotion
    agent: Emotion
    eq10: str
    nodes: tuple[Node, ...]


def read_conversation(path: Path) -> list[str]:
    """What the visitor writes, a line each; lines that begin with # are remarks.

    Raises:
        ConfigurationError: it is no such file.
    """
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the conversation cannot be read ({error})", str(path), "Name a text file") from None
    texts = [line for line in lines if line and not line.startswith("#")]
    if not 1 <= len(texts) <= LONGEST:
        what = f"a conversation has 1 to {LONGEST} turns, not {len(texts)}"
        raise ConfigurationError(what, str(path), "Write what the visitor says, a line each")
    return texts


def converse(texts: Sequence[str], persona: str, seed: int = 0, history: bool = True) -> list[Turn]:
    """Have a conversation with the dialogue alone.

    Args:
        persona: name or directory of the persona pack.
        history: False: each turn is a visit of its own, long after the one before, and nothing is left of it.

    Raises:
        VisavisError: the persona or a model cannot be used.
    """
    shown: list[Emotion] = []

    def take(record: Record) -> None:
        if isinstance(record, AgentEmotion):
            shown.append(record.emotion)

    host = StageHost(seed, take)
    stage = DialogueStage(DialogueSettings(persona=persona), host)
    stage.start()
    turns = []
    for number, text in enumerate(texts, 1):
        grown = len(stage.tree) if history else 0
        _ask(stage, host, number, text, "" if history else f"visit {number}")
        agent = shown[-1]
        nodes = tuple(node for node in stage.tree.nodes if node.number > grown)
        spoke = next(node for node in nodes if node.who == VISITOR and node.role is Role.SPEAK)
        _hear_out(stage, host, number)
        turns.append(Turn(text, spoke.emotion, agent, spoke.label, nodes))
        host.advance(host.now() + (_EXCHANGE_NS if history else _LONG_NS))
    return turns


def jumps(turns: Sequence[Turn]) -> list[float]:
    """How far the agent's shown feeling moves from turn to turn, (n-1): distance in PAD space."""
    return [math.dist(_pad(one.agent), _pad(next.agent)) for one, next in itertools.pairwise(turns)]


def _ask(stage: DialogueStage, host: StageHost, number: int, text: str, session: str) -> None:
    now = host.now()
    turn = UserTurn(
        media_ns=now, session=session, id=ReplyId(1, number), hypotheses=(Hypothesis(text),), speech_end_ns=now
    )
    host.deliver(stage, turn)
    host.advance(now + SECOND)


def _hear_out(stage: DialogueStage, host: StageHost, number: int) -> None:
    host.advance(host.now() + _REPLY_NS)
    host.deliver(stage, WordsHeard(media_ns=host.now(), id=ReplyId(1, number), text="", complete=True))


def _pad(emotion: Emotion) -> tuple[float, float, float]:
    return (emotion.valence, emotion.arousal, emotion.dominance)
