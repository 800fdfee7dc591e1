"""Deployments are read, merged over what the persona brings, and refused with the place of what is wrong."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from visavis_agent import deployment
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.graph import Graph
from visavis_agent.core.paths import personas_directory
from visavis_agent.deployment import Deployment, leaves, merge
from visavis_agent.graph import STAGES, TOPICS
from visavis_agent.rendering.avatar import Attributes

_LOADED = ("microphone", "camera", "hearing", "agent", "dialogue", "speech", "motion", "rendering", "page")
GRAPH = Graph(TOPICS, tuple(spec for spec in STAGES if spec.name in _LOADED))


def read(
    tmp_path: Path, text: str, overrides: Mapping[str, Mapping[str, Any]] | None = None, **more: Any
) -> Deployment:
    path = tmp_path / "kiosk.yaml"
    path.write_text(text)
    return Deployment.read(path, overrides, graph=GRAPH, **more)


def persona(tmp_path: Path, old: str, new: str) -> str:
    """A copy of Vera with another profile."""
    directory = tmp_path / "other"
    shutil.copytree(personas_directory() / "vera", directory)
    profile = directory / "profile.yaml"
    assert old in profile.read_text()
    profile.write_text(profile.read_text().replace(old, new))
    return str(directory)


def test_without_a_file_every_stage_has_its_defaults_and_the_persona_its_wishes() -> None:
    made = Deployment.read(None, graph=GRAPH)
    assert (made.persona.profile.name, made.avatar, made.seed) == ("Vera", "hero", 0)
    assert set(made.settings) == set(_LOADED)
    assert made.settings["hearing"].recognition.grammar_phrases == made.persona.grammar_phrases
    assert made.settings["speech"].flite.voice == "slt" and made.settings["dialogue"].persona == "vera"
    assert made.settings["rendering"].avatar == "hero"


def test_the_file_wins_over_the_persona_and_the_caller_over_the_file(tmp_path: Path) -> None:
    text = "speech:\n  flite: {voice: awb, rate: 1.2}\nrendering:\n  width: 640\n  height: 640\n"
    made = read(tmp_path, text, {"rendering": {"width": 320}, "speech": {"flite": {"rate": 1.5}}})
    assert (made.settings["speech"].flite.voice, made.settings["speech"].flite.rate) == ("awb", 1.5)
    assert (made.settings["rendering"].width, made.settings["rendering"].height) == (320, 640)


def test_what_is_given_is_kept_for_the_nodes(tmp_path: Path) -> None:
    made = read(tmp_path, "motion:\n  liveliness: 0.5\n")
    assert made.given["motion"] == {"liveliness": 0.5, "mimicry": made.settings["motion"].mimicry}
    assert dict(leaves(made.given["speech"])) == {"engine": "auto", "locale": "en", "flite.voice": "slt"}


def test_a_warm_persona_returns_more_of_a_visitors_smile(tmp_path: Path) -> None:
    cold = persona(tmp_path, "agreeableness: 0.7", "agreeableness: -0.7")
    shares = [read(tmp_path, text).settings["motion"].mimicry for text in ("", f"persona: {cold}\n")]
    assert 1.0 >= shares[0] > 2 * shares[1] > 0.0
    assert read(tmp_path, "motion: {mimicry: 0.1}").settings["motion"].mimicry == 0.1


def test_a_german_persona_brings_its_language(tmp_path: Path) -> None:
    other = persona(tmp_path, "locale: en", "locale: de-CH")
    graph = Graph(TOPICS, tuple(s for s in STAGES if s.name in ("hearing", "speech", "page")))
    made = Deployment.read(None, persona=other, graph=graph)
    assert made.settings["hearing"].recognition.locale == made.settings["speech"].locale == "de-CH"
    if "page" in made.settings:
        page = made.settings["page"]
        assert (page.persona, page.locale, page.language) == (other, "de-CH", "de")


def test_consent_is_asked_by_all_who_have_to_do_with_the_camera(tmp_path: Path) -> None:
    for text, asked in (("consent: true\n", True), ("", False)):
        settings = read(tmp_path, text).settings
        assert [settings[stage].consent for stage in ("agent", "camera", "page")] == [asked] * 3


def test_page_and_sound_agree_on_their_ports(tmp_path: Path) -> None:
    text = "page:\n  port: 9000\nmicrophone:\n  sound_server:\n    port: 9001\n"
    settings = read(tmp_path, text).settings
    assert settings["microphone"].sound_server.page_port == 9000 and settings["page"].sound_port == 9001
    settings = read(tmp_path, text, {"page": {"port": 9002, "sound_port": 9003}}).settings
    assert settings["microphone"].sound_server.page_port == 9002 and settings["page"].sound_port == 9003
    with pytest.raises(ConfigurationError, match="port is 'nine'"):
        read(tmp_path, "page:\n  port: nine\n")


def test_a_stage_can_be_left_out(tmp_path: Path) -> None:
    assert "rendering" not in read(tmp_path, "without: [rendering]").settings


def test_the_callers_persona_avatar_and_seed_win(tmp_path: Path) -> None:
    other = persona(tmp_path, "name: Vera", "name: Nora")
    made = read(tmp_path, "persona: vera\nseed: 3\n", persona=other, seed=4)
    assert made.persona.profile.name == "Nora" and made.settings["dialogue"].persona == other and made.seed == 4


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("persona: vera\nrendring:\n  width: 3\n", ":2", "unknown stage or key 'rendring'. Did you mean 'rendering'?"),
        ("motion:\n  livelyness: 1.0\n", ":2", "Did you mean 'liveliness'?"),
        ("motion:\n  liveliness: fast\n", ":2", "liveliness is 'fast'. It must be of type float"),
        ("speech:\n  flite:\n    rate: 9\n", ":3", "rate is 9. The highest allowed is 2"),
        ("seed: -1\n", ":1", "seed is -1"),
        ("motion: 3\n", ":1", "motion is 3"),
        ("\nwithout: [moton]\n", ":2", "unknown stage 'moton'"),
        ("dialogue:\n  persona: vera\n", ":2", "Write `persona:` at the top level"),
        ("consent: yes please\n", ":1", "consent is 'yes please'"),
        ("avatar: [hero]\n", ":1", "avatar is ['hero']"),
    ],
)
def test_a_mistake_in_the_file_is_refused_with_its_line(tmp_path: Path, text: str, place: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, text)
    assert caught.value.where == f"{tmp_path / 'kiosk.yaml'}{place}" and words in str(caught.value)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"moton": {}}, "unknown stage 'moton'"),
        ({"motion": {"liveliness": 7.0}}, "The highest allowed is 2"),
        ({"camera": {"consent": False}}, "Choose the consent of the deployment"),
        ({"rendering": {"avatar": "hero"}}, "Choose the avatar of the deployment"),
    ],
)
def test_a_wrong_override_is_not_blamed_on_the_file(
    tmp_path: Path, overrides: Mapping[str, Mapping[str, Any]], words: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, "", overrides)
    assert caught.value.where == "command line" and words in str(caught.value)


@pytest.mark.parametrize(("new", "words"), [("engine: gramophone", "unknown voice engine"), ("name: bob", "Allowed:")])
def test_a_wrong_voice_of_a_persona_is_blamed_on_its_profile(tmp_path: Path, new: str, words: str) -> None:
    other = persona(tmp_path, "engine: flite" if "engine" in new else "name: slt", new)
    with pytest.raises(ConfigurationError, match=words) as caught:
        read(tmp_path, "", persona=other)
    assert caught.value.where.startswith(str(Path(other) / "profile.yaml"))


def test_a_missing_avatar_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no avatar 'nobody'"):
        read(tmp_path, "avatar: nobody\n")


def test_mappings_are_merged_in_depth() -> None:
    assert merge({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"c": 4}, "d": {"e": 5}}) == {
        "a": {"b": 1, "c": 4},
        "d": {"e": 5},
    }


@pytest.mark.parametrize(("presentation", "speaker"), [("masculine", "awb"), ("feminine", "slt"), ("neutral", "slt")])
def test_an_avatar_that_is_not_the_personas_own_has_a_voice_that_fits(
    monkeypatch: pytest.MonkeyPatch, presentation: str, speaker: str
) -> None:
    monkeypatch.setattr(deployment, "avatar_path", lambda name: Path(name))
    monkeypatch.setattr(deployment, "attributes", lambda name: Attributes("human", presentation, 50))
    assert Deployment.read(None, avatar="somebody", graph=GRAPH).settings["speech"].flite.voice == speaker
    own = Deployment.read(None, avatar="hero", graph=GRAPH).settings["speech"].flite.voice
    assert own == "slt", "the persona's own avatar keeps the persona's voice"
    chosen = {"speech": {"flite": {"voice": "kal"}}}
    assert Deployment.read(None, chosen, avatar="somebody", graph=GRAPH).settings["speech"].flite.voice == "kal"
