"""Several visitors: whom the agent looks at."""

from __future__ import annotations

from collections import Counter

import numpy as np

from visavis_agent.core.records import Person, Persons, Presence
from visavis_agent.motion.company import Company

DT = 0.05


def persons(*names: str, engaged: str = "a", lips: dict[str, float] | None = None) -> Persons:
    here = tuple(
        Person(
            person_id=name,
            presence=Presence.CONFIRMED,
            box=(0.1, 0.1, 0.2, 0.2),
            attention=0.9,
            mouth_open=(lips or {}).get(name, 0.0),
        )
        for name in names
    )
    return Persons(media_ns=0, persons=here, engaged_id=engaged)


def looked_at(company: Company, seconds: float, seen: list[Persons], speaking: bool) -> Counter[str]:
    count: Counter[str] = Counter()
    for k in range(round(seconds / DT)):
        now = seen[k % len(seen)]
        company.see(k * DT, now)
        chosen = company.choose(k * DT, now, speaking)
        count[chosen.person_id if chosen else ""] += 1
    return count


def test_alone_he_is_looked_at_always() -> None:
    assert set(looked_at(Company(np.random.default_rng(0)), 60.0, [persons("a")], False)) == {"a"}


def test_the_others_get_glances_and_less_while_he_speaks() -> None:
    seen = [persons("a", "b", "c")]
    silent = looked_at(Company(np.random.default_rng(0)), 600.0, seen, False)
    speaking = looked_at(Company(np.random.default_rng(0)), 600.0, seen, True)
    assert silent["a"] / silent.total() > 0.75
    assert min(silent["b"], silent["c"]) > 0.02 * silent.total()
    assert speaking["b"] + speaking["c"] < 0.75 * (silent["b"] + silent["c"])


def test_somebody_else_whose_lips_move_is_looked_at() -> None:
    talking = [persons("a", "b", lips={"b": opening}) for opening in (0.0, 0.3, 0.5, 0.2)]
    count = looked_at(Company(np.random.default_rng(0)), 10.0, talking, True)
    assert count["b"] > 0.7 * count.total()
    quiet = looked_at(Company(np.random.default_rng(0)), 10.0, talking, False)
    assert quiet["b"] < 0.3 * quiet.total()


def test_who_has_left_is_looked_at_no_more() -> None:
    company = Company(np.random.default_rng(0))
    talking = [persons("a", "b", lips={"b": opening}) for opening in (0.0, 0.3, 0.5, 0.2)]
    looked_at(company, 5.0, talking, True)
    assert company.choose(5.05, persons("a"), True).person_id == "a"  # type: ignore[union-attr]
    assert company.choose(5.10, persons("b", engaged=""), True) is None
    assert company.choose(5.15, None, True) is None
