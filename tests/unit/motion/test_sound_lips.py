"""Lips from sound alone: the net that is shipped, and how it is run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from tests.unit.motion.scene import RATE, Scene, parted, phones, piece
from visavis_agent.core.clock import SECOND
from visavis_agent.core.errors import FormatError
from visavis_agent.core.inference import InferenceSettings
from visavis_agent.core.paths import models_directory
from visavis_agent.core.records import Level
from visavis_agent.evaluation.utterances import Utterance, synthetic
from visavis_agent.motion.lips_setup import LIPS_TRAINED, build, read_trained, write_trained
from visavis_agent.motion.mel import MelStream
from visavis_agent.motion.phonemes import JAW
from visavis_agent.motion.reply import Reply
from visavis_agent.motion.settings import MotionSettings
from visavis_agent.motion.sound_lips import Ear, SoundLips, open_sound_lips, shapes
from visavis_agent.motion.sound_net import DILATIONS, LEAD_S, SEAL, TAPS, silent_steps, stacked
from visavis_agent.motion.sound_track import SoundTrack
from visavis_agent.setup_models import ensure_lips

WEIGHTS = read_trained(models_directory() / LIPS_TRAINED)
TEXT = "Bob and Pam jumped up and ran. My favourite food is fresh bread."


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    ensure_lips()


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> SoundLips:
    folder = tmp_path_factory.mktemp("models")
    onnx.save(build(WEIGHTS), folder / "lips.onnx")
    return open_sound_lips(InferenceSettings(), folder)[0]


@pytest.fixture(scope="module")
def spoken() -> Utterance:
    """By the voice that was kept out of the training."""
    return synthetic((TEXT,), "rms")[0]


def by_hand(steps: np.ndarray) -> np.ndarray:
    """The net in plain numpy, from silence on."""
    past = (TAPS - 1) * sum(DILATIONS)
    x = np.concatenate([silent_steps(past), steps]) @ WEIGHTS["enter.weight"].T + WEIGHTS["enter.bias"]
    for k, dilation in enumerate(DILATIONS):
        kernel, count = WEIGHTS[f"convolutions.{k}.weight"], len(x) - (TAPS - 1) * dilation
        taps = [x[tap * dilation :][:count] @ kernel[:, :, tap].T for tap in range(TAPS)]
        y = np.maximum(sum(taps) + WEIGHTS[f"convolutions.{k}.bias"], 0.0)
        x = x[-count:] + y @ WEIGHTS[f"mixers.{k}.weight"].T + WEIGHTS[f"mixers.{k}.bias"]
    logits = np.maximum(x, 0.0) @ WEIGHTS["leave.weight"].T + WEIGHTS["leave.bias"]
    return 1.0 / (1.0 + np.exp(-logits))


def test_the_graph_is_the_net(net: SoundLips, spoken: Utterance) -> None:
    heard = Ear(net, spoken.sample_rate).feed(spoken.pcm, last=False)
    wanted = by_hand(stacked(MelStream(spoken.sample_rate).feed(spoken.pcm)))
    assert heard == pytest.approx(wanted, abs=1e-3)


def test_a_sound_in_pieces_is_the_same_sound(net: SoundLips, spoken: Utterance) -> None:
    whole = Ear(net, RATE).feed(spoken.pcm, last=True)
    ear, at, found = Ear(net, RATE), 0, []
    for size in (1, 319, 320, 5000, 777, len(spoken.pcm)):
        found.append(ear.feed(spoken.pcm[at : at + size], last=at + size >= len(spoken.pcm)))
        at += size
    assert np.concatenate([rows for rows in found if len(rows)]) == pytest.approx(whole, abs=1e-4)


def test_the_mouth_knows_80_ms_of_what_comes_and_no_more(net: SoundLips, spoken: Utterance) -> None:
    changed = spoken.pcm.copy()
    now = 1.5
    changed[round((now + 0.080) * RATE) :] = 0
    one, other = track_of(net, spoken.pcm), track_of(net, changed)
    for time in np.arange(0.0, now, 0.007):
        assert one.shape(float(time), LEAD_S, 1.0) == other.shape(float(time), LEAD_S, 1.0)
    assert one.shape(now + 0.2, LEAD_S, 1.0) != other.shape(now + 0.2, LEAD_S, 1.0)


def track_of(net: SoundLips, pcm: np.ndarray) -> SoundTrack:
    track = SoundTrack()
    track.begin(0.0)
    track.add(Ear(net, RATE).feed(pcm, last=True))
    return track


def reply_of(net: SoundLips, pcm: np.ndarray) -> Reply:
    reply = Reply(RATE)
    reply.add(replace(piece(phones("pau:20")), pcm=pcm, phones=(), last=True))
    for job in reply.take_sound():
        reply.hear(job, Ear(net, RATE).feed(job.pcm, job.last))
    return reply


def test_the_voice_kept_out_of_training_opens_and_shuts_the_mouth(net: SoundLips, spoken: Utterance) -> None:
    reply, truth = reply_of(net, spoken.pcm), Reply(RATE)
    truth.add(replace(piece(phones("pau:20")), pcm=spoken.pcm, phones=spoken.phones))
    times = np.arange(0.0, len(spoken.pcm) / RATE, 0.02)
    heard, known = ([one.shape(float(t), LEAD_S, 1.0) for t in times] for one in (reply, truth))
    jaws = [[shape.values[JAW] for shape in course] for course in (heard, known)]
    assert np.corrcoef(jaws)[0, 1] > 0.6
    bilabials = [(m.start / RATE, m.end / RATE) for m in spoken.phones if m.phone in "pbm"]
    shut = [max(reply.shape(t, 0.0, 1.0).contact.seal for t in np.arange(a, b, 0.005)) == 1.0 for a, b in bilabials]
    assert len(shut) > 6 and np.mean(shut) > 0.6
    still = Ear(net, RATE).feed(np.zeros(RATE, np.int16), last=False)
    assert still[10:, JAW].max() < 0.08 and still[10:, SEAL].max() < 0.2


def test_a_damaged_or_foreign_file_of_weights_is_refused(tmp_path: Path) -> None:
    for name, weights in (("lacks", {}), ("foreign", WEIGHTS | {"leave.bias": np.zeros(3, np.float32)})):
        write_trained(tmp_path / name, weights)
        with pytest.raises(FormatError, match=r"(weight|bias) of shape"):
            read_trained(tmp_path / f"{name}.npz")
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 no more")
    with pytest.raises(FormatError):
        read_trained(tmp_path / "broken.npz")


def alone(scene: Scene, pcm: np.ndarray, rate: int = RATE) -> None:
    """The scene says a sound without phones."""
    scene.say(replace(piece(phones("pau:20")), pcm=pcm, phones=(), sample_rate=rate))
    scene.wait(400)


def test_speech_without_phones_moves_the_mouth_and_the_diagnostics_say_by_what(spoken: Utterance) -> None:
    scene = Scene()
    alone(scene, spoken.pcm)
    assert max(map(parted, scene.faces)) > 0.3
    assert parted(scene.faces[-1]) < 0.02
    assert [words for level, words in scene.host.diagnostics if level is Level.OK and "from the sound" in words]


def test_speech_with_phones_is_not_listened_to() -> None:
    scene = Scene()
    scene.say(piece(phones("pau:100 m:90 aa1:200 pau:400")))
    assert [words for _, words in scene.host.diagnostics] == ["lips: from the phones of the speech"]


@pytest.mark.parametrize(
    ("settings", "rate", "words"),
    [
        (MotionSettings(lips_from_sound=False), RATE, "lips_from_sound is off"),
        (MotionSettings(), 4000, "at 4000 Hz"),
    ],
)
def test_what_cannot_be_heard_leaves_the_mouth_shut_and_is_told(
    settings: MotionSettings, rate: int, words: str, spoken: Utterance
) -> None:
    scene = Scene(settings=settings)
    alone(scene, spoken.pcm[:8000], rate)
    assert max(map(parted, scene.faces)) < 0.05
    assert any(level is Level.WARN and words in said for level, said in scene.host.diagnostics)


def test_without_the_net_the_mouth_stays_shut_and_the_remedy_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoken: Utterance
) -> None:
    monkeypatch.setattr("visavis_agent.motion.sound_lips.models_directory", lambda: tmp_path)
    open_sound_lips.cache_clear()
    scene = Scene()
    alone(scene, spoken.pcm[:8000])
    open_sound_lips.cache_clear()
    assert max(map(parted, scene.faces)) < 0.05
    assert any(level is Level.WARN and "make env" in words for level, words in scene.host.diagnostics)


def test_phones_take_the_mouth_back_and_give_it_up_again(spoken: Utterance) -> None:
    scene = Scene()
    scene.turn()
    count = len(spoken.pcm)
    marks = phones("pau:60 m:300 aa1:300 m:200", start=count)
    sound = replace(piece(phones("pau:20")), pcm=spoken.pcm, phones=(), last=False)
    scene.stage.handle(sound)
    scene.stage.handle(replace(piece(marks, last=False)))
    again = marks[-1].end
    scene.stage.handle(replace(sound, first_sample=again, last=True))
    start = scene.now() / SECOND
    scene.play(again + count)
    shut = [parted(f) for f, t in zip(scene.faces, scene.times(), strict=True) if 0.1 < t - start - count / RATE < 0.3]
    assert shut and max(shut) < 0.02
    later = [parted(f) for f, t in zip(scene.faces, scene.times(), strict=True) if t - start > again / RATE + 0.1]
    assert max(later) > 0.3


def test_any_noise_in_any_pieces_gives_a_face_in_range() -> None:
    rng = np.random.default_rng(3)
    scene = Scene()
    scene.turn()
    first = 0
    for _ in range(12):
        size, loudness = int(rng.integers(0, 6000)), 10.0 ** rng.uniform(0.0, 5.0)
        pcm = np.clip(rng.standard_normal(size) * loudness, -32768, 32767).astype(np.int16)
        jump = int(rng.integers(0, 2000)) if rng.random() < 0.3 else 0
        scene.stage.handle(replace(piece(phones("pau:20")), first_sample=first + jump, pcm=pcm, phones=(), last=False))
        first += jump + size
    scene.play(first)
    values = np.array([face.coefficients for face in scene.faces])
    assert np.isfinite(values).all() and values.min() >= 0.0 and values.max() <= 1.0


def test_tensorrt_builds_an_engine_of_the_net() -> None:
    trt = pytest.importorskip("tensorrt_rtx", reason="tensorrt_rtx is not installed: the build is not tried")
    logger = trt.Logger(trt.Logger.ERROR)
    builder = trt.Builder(logger)
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = trt.OnnxParser(network, logger)
    assert parser.parse(build(WEIGHTS).SerializeToString()), parser.get_error(0).desc()
    config, profile = builder.create_builder_config(), builder.create_optimization_profile()
    for name, ranges in shapes().items():
        profile.set_shape(name, *ranges)
    config.add_optimization_profile(profile)
    assert builder.build_serialized_network(network, config)
