"""A deployment becomes parameters; what they cannot hold is refused."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.nodes import tiny_graph
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.graph import Graph
from visavis_agent.core.settings import setting
from visavis_agent.deployment import Deployment
from visavis_agent.graph import STAGES, TOPICS
from visavis_agent.supervisor.parameters import stage_parameters, write_parameters


def read(tmp_path: Path, text: str, graph: Graph = tiny_graph.GRAPH) -> Deployment:
    path = tmp_path / "deployment.yaml"
    path.write_text(text)
    return Deployment.read(path, graph=graph)


def test_only_what_differs_is_handed_on_in_the_types_of_the_settings(tmp_path: Path) -> None:
    text = "echo:\n  weights: [1, 0.5]\n  accent:\n    strength: 1\n  words: ['yes']\n"
    parameters = stage_parameters(read(tmp_path, text), "echo")
    assert parameters == {"weights": [1.0, 0.5], "accent.strength": 1.0, "words": ["yes"]}
    assert isinstance(parameters["accent.strength"], float)


def test_the_file_is_for_nodes_in_any_namespace_and_no_text_is_mistaken(tmp_path: Path) -> None:
    deployment = read(tmp_path, "seed: 9\nwithout: [count]\necho:\n  words: ['yes', '1', 'a\"b', 'ü: #']\n")
    path = tmp_path / "parameters.yaml"
    write_parameters(deployment, path)
    expected = {"/**/echo": {"ros__parameters": {"seed": 9, "words": ["yes", "1", 'a"b', "ü: #"]}}}
    assert json.loads(path.read_text()) == yaml.safe_load(path.read_text()) == expected


def test_what_a_persona_brings_is_handed_on(tmp_path: Path) -> None:
    graph = Graph(TOPICS, tuple(spec for spec in STAGES if spec.name in ("hearing", "conversation", "speech")))
    deployment = read(tmp_path, "", graph)
    phrases = stage_parameters(deployment, "hearing")["recognition.grammar_phrases"]
    assert phrases == list(deployment.persona.grammar_phrases) and len(phrases) > 100
    assert stage_parameters(deployment, "conversation")["questions"] == phrases
    assert stage_parameters(deployment, "speech")["flite.voice"] == "slt"


def test_an_empty_list_or_nothing_is_left_out_where_it_is_the_default(tmp_path: Path) -> None:
    assert stage_parameters(read(tmp_path, "echo:\n  words: []\n  limit: null\n"), "echo") == {}


def test_a_mapping_is_handed_on_key_by_key(tmp_path: Path) -> None:
    graph = Graph(TOPICS, tuple(spec for spec in STAGES if spec.name == "hearing"))
    deployment = read(tmp_path, "hearing:\n  recognition:\n    pronunciations: {nemo: N IY M OW}\n", graph)
    assert stage_parameters(deployment, "hearing")["recognition.pronunciations.nemo"] == "N IY M OW"


@dataclass(frozen=True)
class Listed:
    """A list that is not empty by default."""

    names: tuple[str, ...] = setting(("a",), "names")


def test_what_parameters_cannot_hold_is_refused(tmp_path: Path) -> None:
    plain = read(tmp_path, "")
    deployment = dataclasses.replace(plain, settings={"list": Listed(())}, given={"list": {"names": []}})
    with pytest.raises(ConfigurationError, match="A ROS parameter cannot be that"):
        stage_parameters(deployment, "list")
