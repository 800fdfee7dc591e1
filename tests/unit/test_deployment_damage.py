"""Deployment files damaged anywhere: they are read, or refused with their place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.graph import Graph
from visavis_agent.deployment import Deployment
from visavis_agent.graph import STAGES, TOPICS

GRAPH = Graph(TOPICS, tuple(s for s in STAGES if s.name in ("hearing", "speech", "motion")))
LINES = (
    "persona: vera", "seed: 7", "avatar: hero", "without: [motion]", "speech:", "  engine: flite", "  flite:",
    "    rate: 1.2", "    voice: slt", "motion:", "  liveliness: 0.5", "hearing:", "  recognition: {}", "- 1",
)  # fmt: skip
VALUES = st.sampled_from(
    ["", "~", "[]", "{}", "1e9", "-1", "yes", "nan", ".inf", "x", "[a, 2]", "{a: {b: 1}}", "2024-13-01"]
)


def damaged(line: str, value: str | None) -> str:
    return line if value is None else f"{line.partition(':')[0]}: {value}"


@given(st.lists(st.builds(damaged, st.sampled_from(LINES), st.none() | VALUES), max_size=8).map("\n".join))
def test_a_damaged_deployment_is_read_or_refused_with_its_place(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "deployment.yaml"
    path.write_text(text)
    try:
        Deployment.read(path, graph=GRAPH)
    except ConfigurationError as error:
        refusal = error
    else:
        return
    assert refusal.where
    assert refusal.remedy
