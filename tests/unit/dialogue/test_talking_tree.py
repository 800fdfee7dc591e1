from __future__ import annotations

import gc
import itertools
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.dialogue.emotion import emotion_from
from visavis_agent.dialogue.talking_tree import KEPT, Node, Role, TalkingTree, lasting

UNKNOWN = Emotion()
FEELINGS = st.one_of(
    st.just(UNKNOWN),
    st.builds(
        lambda label, share, confidence: feeling(label, share, confidence),
        st.sampled_from(EMOTIONS),
        st.floats(0.3, 1.0),
        st.floats(0.01, 1.0),
    ),
)


def feeling(label: str, share: float = 0.8, confidence: float = 0.9) -> Emotion:
    rest = (1 - share) / (len(EMOTIONS) - 1)
    return emotion_from({name: share if name == label else rest for name in EMOTIONS}, confidence)


def grown(feelings: list[Emotion]) -> list[Node]:
    tree = TalkingTree()
    return [tree.grow("ab"[number % 2], emotion) for number, emotion in enumerate(feelings)]


def by_the_formula(nodes: list[Node], v: Node) -> np.ndarray:
    """Eq. 10 read literally, over all nodes."""
    speaks = v.role is Role.SPEAK
    deepest = v.depth - 1 if speaks else v.depth
    there = [u for u in reversed(nodes) if u.depth <= deepest and u.number <= v.number]
    total = sum((u.depth * u.annotation for u in there), np.zeros(len(EMOTIONS)))
    return total + v.annotation if speaks else total


def test_the_papers_example_node_five() -> None:
    v = dict(enumerate(grown([feeling("joy")] * 6), 1))
    assert (v[5].role, v[5].depth) == (Role.SPEAK, 3)
    assert v[5].parent is v[4]
    assert v[5].left is None
    assert v[5].right is v[6]
    assert v[5].child is None


@given(st.lists(FEELINGS, min_size=1, max_size=40))
def test_speakers_and_listeners_alternate_and_rounds_hang_under_listeners(feelings: list[Emotion]) -> None:
    nodes = grown(feelings)
    for node, following in itertools.pairwise(nodes):
        if node.role is Role.SPEAK:
            assert (following.role, following.depth, following.parent) == (Role.LISTEN, node.depth, node.parent)
            assert node.right is following
            assert following.left is node
            assert node.child is None
        else:
            assert (following.role, following.depth, following.parent) == (Role.SPEAK, node.depth + 1, node)
            assert node.child is following
            assert following.left is None
    assert [node.number for node in nodes] == list(range(1, len(nodes) + 1))


@given(st.lists(FEELINGS, min_size=1, max_size=30))
def test_the_running_sums_are_equation_ten(feelings: list[Emotion]) -> None:
    nodes = grown(feelings)
    for node in nodes:
        expected = by_the_formula(nodes, node)
        assert node.accumulated == pytest.approx(expected)
        assert node.label == EMOTIONS[int(node.accumulated.argmax())]


def test_history_outweighs_a_single_feeling_and_drowns_it() -> None:
    happy = [feeling("joy")] * 20
    assert grown([*happy, feeling("sadness")])[-1].label == "joy"
    short = grown([feeling("sadness"), feeling("sadness"), feeling("joy")])
    assert short[-1].label == "sadness"


def test_of_a_silent_listener_only_the_speaker_counts() -> None:
    speaker, listener = grown([feeling("fear"), UNKNOWN])
    assert speaker.label == "fear"
    assert listener.label == "fear"
    assert grown([UNKNOWN])[0].label == "neutral"


def test_a_hundred_thousand_turns_keep_a_bounded_tree_and_exact_sums() -> None:
    tree = TalkingTree()
    joy, first = feeling("joy"), weakref.ref(tree.grow("a", feeling("anger")))
    for _ in range(100_000):
        tree.grow("a", joy)
    gc.collect()
    assert first() is None
    assert len(tree) == 100_001
    assert len(tree.nodes) == KEPT
    node, reachable = tree.nodes[-1], 1
    while node.left is not None or node.parent is not None:
        node = node.left or node.parent
        reachable += 1
    assert reachable <= KEPT
    last = tree.nodes[-1]
    # Depths 1…50,000 twice but for the root's anger, then the speaker itself.
    assert last.accumulated[EMOTIONS.index("joy")] == pytest.approx(0.8 * (50_000 * 50_001 - 1 + 1))
    assert last.accumulated[EMOTIONS.index("anger")] == pytest.approx(0.8)


def test_what_lasts_keeps_the_present_feeling_on_top_after_any_history() -> None:
    tree = TalkingTree()
    for _ in range(200):
        tree.grow("a", feeling("joy"))
    sad = lasting(feeling("sadness"), tree.course)
    assert sad.label == "sadness"
    assert sad.probability("joy") > 0.2
    assert lasting(feeling("sadness"), tree.course, inertia=0.0).distribution == pytest.approx(
        feeling("sadness").distribution
    )


def test_the_past_fades_with_every_round() -> None:
    tree = TalkingTree()
    tree.grow("a", feeling("anger"))
    shares = []
    for _ in range(12):
        shares.append(lasting(feeling("neutral", 0.9), tree.course).probability("anger"))
        tree.grow("b", feeling("neutral", 0.9))
    assert shares[0] > 0.15
    assert all(later <= earlier + 1e-9 for earlier, later in itertools.pairwise(shares))
    assert shares[-1] < 0.05


def test_without_a_past_an_emotion_is_as_it_is() -> None:
    assert lasting(feeling("joy"), TalkingTree().course) == feeling("joy")


@given(st.lists(FEELINGS, max_size=30), FEELINGS, st.floats(0.0, 1.0))
def test_what_lasts_is_a_valid_emotion(past: list[Emotion], now: Emotion, inertia: float) -> None:
    tree = TalkingTree()
    for emotion in past:
        tree.grow("a", emotion)
    assert sum(lasting(now, tree.course, inertia).distribution) == pytest.approx(1.0)
