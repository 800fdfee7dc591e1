"""When the agent answers, waits and stops."""

from __future__ import annotations

from dataclasses import dataclass

from visavis_agent.core.settings import setting


@dataclass(frozen=True)
class ConversationSettings:
    """When to answer, when to wait, when to stop. Gaps between speakers: Stivers et al. 2009, PNAS 106."""

    endpoint_ms: int = setting(200, "silence after which a finished question is answered", unit="ms", low=0, high=3000)
    doubt_ms: int = setting(
        600,
        "the same where words, voice or the mind leave a doubt whether the question is whole",
        unit="ms",
        low=0,
        high=5000,
    )
    hesitation_ms: int = setting(
        1200, "silence that a speaker gets who stopped in mid-sentence", unit="ms", low=0, high=5000
    )
    confirm_ms: int = setting(
        560,
        "speech over the agent that makes an interruption real; shorter needs a word such as 'stop'",
        unit="ms",
        low=100,
        high=3000,
    )
    backchannel_ms: int = setting(
        1200,
        "the same while nothing but 'yes', 'mm-hm' was understood",
        unit="ms",
        low=100,
        high=5000,
    )
    noise_ms: int = setting(400, "shorter speech counts only with words that mean it", unit="ms", low=0, high=3000)
    apology_ms: int = setting(
        800, "speech of this length that was not understood gets an apology", unit="ms", low=0, high=10_000
    )
    patience_ms: int = setting(6000, "time the mind and the voice have for a reply", unit="ms", low=500, high=120_000)
    idle_ms: int = setting(8000, "attention after a reply before the agent rests", unit="ms", low=0, high=600_000)
    questions: tuple[str, ...] = setting((), "sentences that visitors are known to say: heard whole, they are whole")
    drafts: bool = setting(True, "prepare a reply while the visitor pauses")
    greet: bool = setting(True, "greet a person who comes up to the agent")
    farewell: bool = setting(True, "say good-bye to a person who was talked with and goes")
    gestures: bool = setting(True, "take a wave as a hello, a thumb as a yes, and stop for a raised hand")
