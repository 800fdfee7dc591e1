"""The doctor says what is missing and how to mend it, and never breaks itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.speech.piper_net import write_net
from visavis_agent.core.engines import EngineEntry, EngineRegistry
from visavis_agent.core.errors import ConfigurationError, DeviceError
from visavis_agent.core.records import Level
from visavis_agent.supervisor import doctor, examine_agent, examine_machine
from visavis_agent.supervisor.findings import Finding, examined, failed, found, missing, runs, table


def test_findings_are_shown_by_area_with_their_remedies() -> None:
    findings = [found("a", "one", "there"), missing("b", "three", "none", "Buy one"), failed("a", "two", "off", "Turn")]
    assert table(findings).splitlines() == [
        "a", "  ok      one    there", "  FAILED  two    off", "                 → Turn",
        "", "b", "  missing three  none", "                 → Buy one",
    ]  # fmt: skip


def test_only_a_failure_keeps_the_agent_from_running() -> None:
    assert runs([found("a", "b", ""), missing("a", "c", "", "")])
    assert not runs([found("a", "b", ""), failed("a", "c", "", "")])


def test_a_check_that_breaks_is_a_finding_after_what_it_found() -> None:
    def broken() -> Iterator[Finding]:
        yield found("a", "b", "there")
        raise KeyError("x")

    def wrong() -> Iterator[Finding]:
        raise ConfigurationError("no such stage", "kiosk.yaml:3", "Remove it")

    good, bad = examined("a", broken)
    assert good.name == "b" and bad.level is Level.ERROR and "KeyError" in bad.words
    assert examined("a", wrong) == [failed("a", "examination", "kiosk.yaml:3: no such stage", "Remove it")]


def test_a_module_that_cannot_be_imported_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "AREAS", {"engines": ("visavis_agent.nowhere", "engines")})
    (finding,) = doctor.examine()
    assert finding.level is Level.ERROR and "visavis_agent.nowhere" in finding.words


def test_a_wrong_deployment_is_said_and_the_rest_examined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("moton: {}\n")
    areas = ("deployment", "camera")
    monkeypatch.setattr(doctor, "AREAS", {area: doctor.AREAS[area] for area in areas})
    assert doctor.main(wrong) == 1
    printed = capsys.readouterr().out
    assert "wrong.yaml:1: unknown stage or key 'moton'" in printed and "camera" in printed
    assert printed.endswith("The agent cannot run: see FAILED above.\n") and "Traceback" not in printed


def test_a_missing_engine_costs_its_feature_and_a_missing_renderer_everything() -> None:
    registry: EngineRegistry[object] = EngineRegistry(
        "voice", {"harp": EngineEntry("nowhere.harp:Harp", "Buy strings")}
    )
    voice, renderer = (examine_agent._engine(kind, "harp", registry) for kind in ("voice", "renderer"))
    assert (voice.level, renderer.level) == (Level.WARN, Level.ERROR)
    assert voice.name == "voice harp" and voice.remedy == "Buy strings"


def test_the_voice_that_a_deployment_brings_along_is_asked_for_a_word(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("persona: vera\n")
    assert not list(examine_agent.lead_voice(path)), "it brings none"
    path.write_text("persona: vera\nspeech: {engine: server, server: {url: 'http://127.0.0.1:9'}}\n")
    (silent,) = examine_agent.lead_voice(path)
    assert silent.level is Level.WARN and "the embedded voice speaks" in silent.words
    path.write_text(f"persona: vera\nspeech: {{engine: piper, piper: {{model: {write_net(tmp_path)}}}}}\n")
    (speaks,) = examine_agent.lead_voice(path)
    assert speaks.level is Level.OK and "22050 Hz" in speaks.words


def test_cameras_are_found_by_device(tmp_path: Path) -> None:
    (none,) = examine_machine.cameras(None, tmp_path)
    assert none.level is Level.WARN and "camera/image" in none.remedy
    (tmp_path / "video0").touch()
    (one,) = examine_machine.cameras(None, tmp_path)
    assert one.level is Level.OK and one.words == "video0"


def test_missing_sound_names_a_way_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_library(kind: str) -> list[str]:
        raise DeviceError("PortAudio is not there", "", "Install the package libportaudio2")

    monkeypatch.setattr(examine_machine, "sound_devices", no_library)
    assert [finding.remedy for finding in examine_machine.sound(None)] == ["Install the package libportaudio2"] * 2
    monkeypatch.setattr(examine_machine, "sound_devices", lambda kind: ["a", "b", "c", "d", "e", "f"])
    assert [finding.words for finding in examine_machine.sound(None)] == ["a, b, c, d and 2 more"] * 2


@pytest.mark.parametrize(
    ("printed", "words"),
    [
        (
            '{"rclpy": "9.1.2", "distribution": "", "rmw": "rmw_x", "seconds": 0.2}',
            "one went from node to node in 0.20",
        ),
        ('{"rclpy": "9.1.2", "distribution": "", "rmw": "rmw_x", "seconds": null}', "none went from node to node"),
        ('{"rclpy": "9.1.2", "distribution": "", "problem": "RCLError: no rmw"}', "RCLError: no rmw"),
        ("", "cannot be used (No module named 'rclpy')"),
    ],
)
def test_ros_is_tried_in_another_process(monkeypatch: pytest.MonkeyPatch, printed: str, words: str) -> None:
    def run(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 0, printed, "Traceback\nNo module named 'rclpy'\n")

    monkeypatch.setattr(subprocess, "run", run)
    findings = list(examine_machine.ros(None))
    assert any(words in finding.words for finding in findings)
    assert runs(findings) == ("0.20" in words)


def test_a_python_that_is_too_new_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 14, 0))
    python = next(finding for finding in examine_machine.machine(None) if finding.name == "Python")
    assert python.level is Level.ERROR and "3.12" in python.remedy
