"""The agent turns to who is alive, near and facing it, and does not waver."""

from __future__ import annotations

import math

from visavis_agent.core.records import Person, Presence
from visavis_agent.perception.engagement import Engagement, attention


def person(
    name: str = "a", distance: float = 1.0, facing: float = 0.9, presence: Presence = Presence.CONFIRMED
) -> Person:
    return Person(
        person_id=name,
        presence=presence,
        box=(0.4, 0.4, 0.1, 0.1),
        position=(distance, 0.0, 0.0),
        attention=facing,
    )


def test_a_picture_is_never_engaged() -> None:
    assert Engagement(1.5, 2.0).update([person(presence=Presence.PRESENT)]) == ""


def test_who_is_near_and_facing_is_engaged() -> None:
    assert Engagement(1.5, 2.0).update([person()]) == "a"
    assert Engagement(1.5, 2.0).update([person(distance=1.7)]) == ""
    assert Engagement(1.5, 2.0).update([person(facing=0.2)]) == ""


def test_engagement_has_hysteresis() -> None:
    engagement = Engagement(1.5, 2.0)
    course = [(1.7, 0.9), (1.4, 0.9), (1.9, 0.1), (2.1, 0.9), (1.9, 0.9), (1.3, 0.9)]
    engaged = [engagement.update([person(distance=d, facing=a)]) for d, a in course]
    assert engaged == ["", "a", "a", "", "", "a"]


def test_a_lost_moment_does_not_end_it_but_leaving_does() -> None:
    engagement = Engagement(1.5, 2.0)
    engagement.update([person()])
    assert engagement.update([person(presence=Presence.LEAVING)]) == "a"
    assert engagement.update([]) == ""


def test_the_nearest_is_chosen_and_only_somebody_much_nearer_takes_over() -> None:
    engagement = Engagement(1.5, 2.0)
    assert engagement.update([person("a", 1.2), person("b", 1.0)]) == "b"
    assert engagement.update([person("a", 0.8), person("b", 1.0)]) == "b"
    assert engagement.update([person("a", 0.5), person("b", 1.0)]) == "a"


def test_attention_halves_at_the_edge_of_the_screen() -> None:
    assert attention((0, 0, 0), (0, 0)) == 1.0
    assert math.isclose(attention((0, 0, math.radians(20)), (0, 0)), 0.5)
    assert math.isclose(attention((0, math.radians(-15), 0), (0, 0)), 0.5)
    assert attention((0, 0, math.radians(20)), (math.radians(-40), 0)) == 1.0
