"""The graph table against the records, the stages and the rules of names."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from visavis_agent.core import records as r
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.graph import Graph, StageSpec, load_graph
from visavis_agent.core.settings import SettingInfo, read_settings
from visavis_agent.core.stage import Stage
from visavis_agent.graph import GRAPH

REQUESTS = {r.GazeRequest, r.ExpressionRequest, r.GestureRequest, r.DeviceSwitch, r.DevicesEnabled, r.Selection}
FROM_OUTSIDE = {r.MicrophoneAudio, r.CameraImage, r.TextInput, r.RobotSound} | REQUESTS
LEAVING = {r.JointCommand, r.RobotVoice}
BY_HOSTS = {r.Diagnostic}
STAGES = pytest.mark.parametrize("spec", GRAPH.stages, ids=[spec.name for spec in GRAPH.stages])


def record_types(base: type[r.Record] = r.Record) -> Iterator[type[r.Record]]:
    for kind in base.__subclasses__():
        if kind.__module__.startswith(f"{r.__name__}."):
            yield kind


def loaded(spec: StageSpec) -> type[Stage]:
    module = spec.path.partition(":")[0]
    if importlib.util.find_spec(module.rpartition(".")[0]) is None:
        pytest.skip(f"the package of {spec.name} is not there yet")
    return spec.load()


def test_every_record_type_has_one_topic() -> None:
    topics = Counter(topic.record for topic in GRAPH.topics)
    # dataclasses with slots are made anew, so that a record type may be listed twice under one name.
    assert {kind.__name__ for kind in topics} == {kind.__name__ for kind in record_types()}
    assert set(topics.values()) == {1}


def test_topics_have_relative_names_of_their_own() -> None:
    names = [topic.name for topic in GRAPH.topics]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)*", name)] == []


def test_no_record_has_two_producers() -> None:
    producers = Counter(record for stage in GRAPH.stages for record in stage.outputs)
    several = {record for record, count in producers.items() if count > 1}
    assert several <= FROM_OUTSIDE  # a page and a service may both give texts


def test_whatever_a_stage_takes_comes_from_a_stage_or_from_outside() -> None:
    for stages in (GRAPH.stages, [stage for stage in GRAPH.stages if not stage.live]):
        produced = {record for stage in stages for record in stage.outputs}
        taken = {record for stage in stages for record in stage.inputs}
        assert taken <= produced | FROM_OUTSIDE | BY_HOSTS
        assert {topic.record for topic in GRAPH.topics} == produced | FROM_OUTSIDE | LEAVING | BY_HOSTS


def test_devices_and_presenters_make_only_what_comes_from_outside() -> None:
    assert {record for stage in GRAPH.stages if stage.live for record in stage.outputs} <= FROM_OUTSIDE | LEAVING


def test_only_conversation_writes_ids() -> None:
    assert [stage.name for stage in GRAPH.stages if r.TurnState in stage.outputs] == ["conversation"]


def test_states_are_kept_for_late_comers_and_speech_is_not_lost() -> None:
    for topic in GRAPH.topics:
        assert topic.qos.depth >= 1
        assert topic.qos.reliable or not topic.qos.latched
    assert GRAPH.topic(r.TurnState).qos.latched
    assert GRAPH.topic(r.SpeechAudio).qos.reliable
    assert GRAPH.topic(r.SpeechAudio).qos.depth >= 1000


def test_stages_have_names_of_their_own_and_are_found_by_them() -> None:
    assert len({stage.name for stage in GRAPH.stages}) == len(GRAPH.stages)
    assert all(GRAPH.stage(stage.name) is stage for stage in GRAPH.stages)
    with pytest.raises(KeyError, match="nobody"):
        GRAPH.stage("nobody")
    with pytest.raises(KeyError, match="VideoFrame"):
        Graph((), ()).topic(r.VideoFrame)


def test_consumers_are_listed_in_the_order_of_the_table() -> None:
    names = [stage.name for stage in GRAPH.consumers(r.TurnState)]
    assert {"dialogue", "speech", "motion"} <= set(names)
    assert names == [stage.name for stage in GRAPH.stages if stage.name in names]
    assert all(r.TurnState in GRAPH.stage(name).inputs for name in names)


@STAGES
def test_a_stage_handles_what_the_table_says_it_takes(spec: StageSpec) -> None:
    stage = loaded(spec)
    assert issubclass(stage, Stage)
    assert set(stage.handlers) == set(spec.inputs)
    assert len(set(spec.inputs)) == len(spec.inputs)
    assert [name for name in stage.handlers.values() if not callable(getattr(stage, name, None))] == []


@STAGES
def test_the_defaults_of_a_stage_keep_its_own_rules(spec: StageSpec) -> None:
    kind = loaded(spec).settings_type
    assert is_dataclass(kind)
    default = kind()
    given = {f.name: getattr(default, f.name) for f in fields(kind) if not is_dataclass(getattr(default, f.name))}
    assert read_settings(kind, given) == default


def described(kind: type[Any], path: str) -> Iterator[tuple[str, SettingInfo | None]]:
    for field in fields(kind):
        yield f"{path}.{field.name}", field.metadata.get("setting")
        if is_dataclass(field.default):
            yield from described(type(field.default), f"{path}.{field.name}")


@STAGES
def test_every_setting_says_what_it_is(spec: StageSpec) -> None:
    infos = list(described(loaded(spec).settings_type, spec.name))
    assert [path for path, info in infos if info is None or not info.help.strip()] == []
    assert [path for path, info in infos if info and info.help != info.help.strip(" .")] == []
    for path, info in infos:
        assert info is None or info.low is None or info.high is None or info.low <= info.high, path


def test_a_table_is_loaded_by_its_path() -> None:
    assert load_graph("visavis_agent.graph:GRAPH") is GRAPH


@pytest.mark.parametrize("path", ["", "nowhere", "visavis_agent.graph:NO", "visavis_agent.graph:TOPICS", ":", "a..b:C"])
def test_what_is_no_table_is_refused(path: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_graph(path)
    assert "package.module:NAME" in caught.value.remedy
