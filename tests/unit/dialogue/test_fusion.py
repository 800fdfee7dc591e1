from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.clock import SECOND
from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.dialogue.emotion import emotion_from
from visavis_agent.dialogue.fusion import SOURCES, Fusion

JOY = emotion_from({"joy": 0.9, "neutral": 0.1}, 0.9)
SAD = emotion_from({"sadness": 0.8, "neutral": 0.2}, 0.8)
EXCHANGE = 15 * SECOND


def surely(label: str, share: float = 0.8) -> Emotion:
    rest = (1 - share) / (len(EMOTIONS) - 1)
    return emotion_from({name: share if name == label else rest for name in EMOTIONS}, share)


def test_without_sources_nothing_is_known() -> None:
    assert Fusion().fused(0) == Emotion()


def test_one_source_is_taken_as_it_is() -> None:
    fusion = Fusion()
    fusion.update("words", JOY, 0)
    fused = fusion.fused(0)
    assert fused.distribution == pytest.approx(JOY.distribution, abs=0.02)
    assert fused.confidence == pytest.approx(SOURCES["words"].works * JOY.confidence)


def test_two_that_agree_are_surer_than_each() -> None:
    alone, both = Fusion(), Fusion()
    alone.update("words", surely("sadness", 0.6), 0)
    both.update("face", surely("sadness", 0.5), 0)
    both.update("words", surely("sadness", 0.6), 0)
    assert both.fused(0).probability("sadness") > alone.fused(0).probability("sadness") + 0.1


def test_the_surer_face_counts_more() -> None:
    def joy(confidence: float) -> float:
        fusion = Fusion()
        fusion.update("face", emotion_from({"joy": 0.9, "neutral": 0.1}, confidence), 0)
        fusion.update("words", surely("sadness", 0.5), 0)
        return fusion.fused(0).probability("joy")

    assert joy(0.1) < joy(0.4) < joy(0.9)


def test_a_calm_face_does_not_outvote_sad_words() -> None:
    fusion = Fusion()
    for exchange in range(8):
        now = exchange * EXCHANGE
        fusion.update("face", emotion_from({"neutral": 0.9, "joy": 0.1}, 0.6), now)
        fusion.update("words", surely("neutral"), now)
    fusion.update("words", surely("sadness"), 8 * EXCHANGE)
    fusion.update("face", emotion_from({"neutral": 0.9, "joy": 0.1}, 0.6), 8 * EXCHANGE)
    assert fusion.fused(8 * EXCHANGE).label == "sadness"


def test_a_source_without_confidence_changes_nothing() -> None:
    fusion, alone = Fusion(), Fusion()
    alone.update("words", JOY, 0)
    fusion.update("words", JOY, 0)
    fusion.update("face", Emotion(), 0)
    assert fusion.fused(0) == alone.fused(0)


def test_readings_fade_and_a_new_one_replaces_the_old() -> None:
    fusion = Fusion()
    fusion.update("face", JOY, 0)
    later = int(SOURCES["face"].half_life_s * SECOND)
    assert fusion.fused(later).confidence == pytest.approx(fusion.fused(0).confidence / 2)
    assert fusion.fused(later).distribution == pytest.approx(fusion.fused(0).distribution)
    assert fusion.fused(100 * later) == Emotion()
    fusion.update("face", SAD, later)
    assert fusion.fused(later).label == "sadness"


def test_a_face_stuck_on_one_feeling_loses_its_say_and_wins_it_back() -> None:
    fusion = Fusion()
    weights = []
    for exchange, label in enumerate(["joy", "anger", "joy", "sadness", "neutral", "joy", "anger", "sadness"]):
        now = exchange * EXCHANGE
        fusion.update("face", surely("surprise"), now)
        fusion.update("words", surely(label), now)
        weights.append(fusion.weights(now)["face"])
    assert fusion.fused(now).label == "sadness"
    assert weights[-1] < 0.2 * weights[0]
    assert fusion.doubted == ("face",)
    for exchange, label in enumerate(["joy", "sadness", "anger", "joy", "fear", "joy", "sadness", "anger"], 8):
        now = exchange * EXCHANGE
        fusion.update("face", surely(label), now)
        fusion.update("words", surely(label), now)
    assert fusion.weights(now)["face"] > 4 * weights[-1]
    assert fusion.doubted == ()


def test_words_stuck_on_one_feeling_leave_the_say_to_the_face() -> None:
    fusion = Fusion()
    seen = ["neutral", "sadness", "anger", "neutral", "sadness", "surprise", "neutral", "anger", "sadness", "anger"]
    for exchange, label in enumerate(seen):
        now = exchange * EXCHANGE
        fusion.update("face", surely(label), now)
        fusion.update("words", surely("joy", 0.9), now)
    assert fusion.fused(now).label == "anger"


@pytest.mark.parametrize("label", ["joy", "sadness", "anger"])
def test_who_feels_the_same_for_long_is_believed_more_and_more(label: str) -> None:
    fusion = Fusion()
    for exchange in range(30):
        fusion.update("face", surely(label, 0.6), exchange * EXCHANGE)
        fusion.update("words", surely(label, 0.9), exchange * EXCHANGE)
    felt = fusion.fused(29 * EXCHANGE)
    assert felt.label == label
    assert felt.confidence > 0.6
    assert fusion.doubted == ()


def test_of_somebody_new_nothing_is_known_but_a_broken_source_stays_doubted_until_it_agrees() -> None:
    fusion = Fusion()
    for exchange in range(20):
        fusion.update("face", surely("surprise"), exchange * EXCHANGE)
        fusion.update("words", surely(("joy", "sadness", "anger")[exchange % 3]), exchange * EXCHANGE)
    assert fusion.doubted == ("face",)
    fusion.clear()
    assert fusion.fused(20 * EXCHANGE) == Emotion()
    assert fusion.doubted == ("face",)
    for exchange in range(20, 40):
        label = ("joy", "sadness", "anger")[exchange % 3]
        fusion.update("face", surely(label), exchange * EXCHANGE)
        fusion.update("words", surely(label), exchange * EXCHANGE)
    assert fusion.doubted == ()


def test_an_unknown_source_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        Fusion().update("hands", JOY, 0)


READINGS = st.tuples(
    st.sampled_from(sorted(SOURCES)),
    st.lists(st.floats(0.0, 1.0), min_size=7, max_size=7).filter(lambda shares: sum(shares) > 0.01),
    st.floats(0.0, 1.0),
    st.integers(0, 20 * SECOND),
)


@given(st.lists(READINGS, max_size=12), st.integers(0, 40 * SECOND))
def test_whatever_the_sources_say_the_fusion_is_a_valid_emotion(
    readings: list[tuple[str, list[float], float, int]], now: int
) -> None:
    fusion = Fusion()
    for source, shares, confidence, when in readings:
        fusion.update(source, emotion_from(dict(zip(EMOTIONS, shares, strict=True)), confidence), when)
    fused = fusion.fused(now)  # the record itself refuses numbers out of range
    assert fused.confidence <= max([reading[2] for reading in readings], default=0.0) + 1e-9


def test_a_lasting_feeling_of_which_the_words_say_nothing_stays_believed() -> None:
    fusion = Fusion()
    for exchange in range(8):
        fusion.update("face", emotion_from({"sadness": 0.8, "neutral": 0.2}, 0.7), exchange * EXCHANGE)
        fusion.update("words", surely("neutral", 0.9), exchange * EXCHANGE)
    assert fusion.fused(7 * EXCHANGE).probability("sadness") > 0.2


QUESTION = Emotion.of({"neutral": 0.9, "surprise": 0.1}, intensity=0.1, arousal=0.02, confidence=0.9)
LIVELY = Emotion.of(
    {"joy": 0.7, "surprise": 0.2, "neutral": 0.1}, intensity=0.8, valence=0.3, arousal=0.7, confidence=0.35
)
FLAT = Emotion.of({"sadness": 0.5, "neutral": 0.5}, intensity=0.7, valence=-0.3, arousal=-0.7, confidence=0.35)


def heard(voice: Emotion, words: Emotion, perceived: float = 1.0) -> Emotion:
    fusion = Fusion()
    fusion.update("voice", voice, 0)
    fusion.update("words", words, 0, perceived)
    return fusion.fused(0)


def test_a_plain_question_does_not_calm_the_voice_that_asks_it() -> None:
    assert heard(LIVELY, QUESTION).arousal > 0.4
    assert heard(FLAT, QUESTION).arousal < -0.4
    assert heard(FLAT, QUESTION).probability("sadness") > 4 * heard(Emotion(), QUESTION).probability("sadness")


def test_a_voice_tells_arousal_and_leaves_valence_to_words_that_have_one() -> None:
    angry = Emotion.of({"anger": 0.9, "neutral": 0.1}, intensity=0.9, valence=-0.8, arousal=0.5, confidence=0.9)
    fused = heard(LIVELY, angry)
    assert fused.label == "anger"
    assert fused.valence < -0.6
    glad = heard(FLAT, JOY)
    assert glad.label == "joy"
    assert glad.valence > 0.5


def test_a_calm_voice_with_calm_words_is_calm() -> None:
    calm = Emotion.of({"neutral": 0.7, "joy": 0.2, "sadness": 0.1}, valence=0.01, arousal=0.03, confidence=0.35)
    fused = heard(calm, QUESTION)
    assert fused.label == "neutral"
    assert fused.probability("neutral") > 0.85
    assert abs(fused.arousal) < 0.05


def test_words_that_may_have_been_misheard_count_less() -> None:
    surely, hardly = heard(FLAT, JOY), heard(FLAT, JOY, 0.1)
    assert hardly.probability("joy") < surely.probability("joy") - 0.1
    assert hardly.arousal < surely.arousal - 0.2
    assert hardly.confidence < surely.confidence


def test_a_feeling_that_only_words_tell_has_the_dominance_of_the_words() -> None:
    meek = Emotion.of({"fear": 1.0}, intensity=1.0, dominance=-0.6, confidence=0.9)
    assert heard(LIVELY, meek).dominance == pytest.approx(-0.6)
    fusion = Fusion()
    fusion.update("voice", LIVELY, 0)
    assert fusion.fused(0).dominance == 0.0
