"""The agent turns to who is alive, near and facing it, and does not waver."""

from __future__ import annotations

import math
from itertools import pairwise

from visavis_agent.core.clock import MS
from visavis_agent.core.records import Person, Presence, Zone
from visavis_agent.perception.engagement import Engagement, Zones, attention


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


def zones(course: list[tuple[float, float, bool]]) -> list[Zone]:
    """The zone of somebody seen ten times a second at these distances, attentive so much, engaged or not."""
    watch = Zones()
    return [
        watch.update([person(distance=distance, facing=facing)], "a" if engaged else "", n * 100 * MS)["a"]
        for n, (distance, facing, engaged) in enumerate(course)
    ]


def test_who_comes_nearer_and_looks_is_approaching_and_who_walks_by_is_not() -> None:
    coming = [(4.0 - 0.1 * n, 0.9, False) for n in range(25)]
    assert zones(coming)[-1] is Zone.APPROACHING
    assert Zone.APPROACHING not in zones([(distance, 0.1, False) for distance, _, _ in coming])
    assert Zone.APPROACHING not in zones([(3.0, 0.9, False)] * 25)


def test_who_was_engaged_is_leaving_for_a_while_and_then_only_passing() -> None:
    course = zones([(1.0, 0.9, True)] * 5 + [(2.2, 0.2, False)] * 50)
    assert course[4] is Zone.ENGAGED
    assert course[5] is Zone.LEAVING
    assert course[-1] is Zone.PASSING


def test_zones_do_not_flicker_where_distance_does() -> None:
    course = zones([(3.0 + (0.5 if n % 4 < 2 else 0.0), 0.9, False) for n in range(60)])
    changes = sum(a is not b for a, b in pairwise(course))
    assert changes <= 60 // 8
