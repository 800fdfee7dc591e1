"""A voice server beside the embedded voice: what it is asked, what becomes of its sound, and of its failures."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from tests.unit.speech.conftest import loudness
from tests.unit.speech.voice_servers import VoiceServerStandIn
from visavis_agent.core.cancellation import Cancellation
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.phones import SILENCE
from visavis_agent.speech.bank import VoiceBank
from visavis_agent.speech.prosody import EMOTION_PROSODY, NEUTRAL_PROSODY
from visavis_agent.speech.voice_server import manner
from visavis_agent.speech.voices import VOICES, Voice

TEXT = "The museum opens at 10:30, and children pay $5.50."


@pytest.fixture(scope="module")
def other() -> Voice:
    return VOICES.create("flite", {"voice": "rms"})


@pytest.fixture
def server(other: Voice) -> Iterator[VoiceServerStandIn]:
    with VoiceServerStandIn(other) as made:
        yield made


def bank(server: VoiceServerStandIn | None, **settings: object) -> VoiceBank:
    url = "http://127.0.0.1:9" if server is None else server.url
    made = VoiceBank("server", {"server": {"url": url, **settings}})
    made._open_lead()
    return made


def reply(turn: int) -> ReplyId:
    return ReplyId(1, turn, 0)


def test_the_servers_sound_comes_with_the_phones_and_words_of_the_text(
    server: VoiceServerStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICE_KEY", "secret")
    made = bank(server, model="m", voice="v", key_variable="VOICE_KEY")
    said = made.say(TEXT, "en", Emotion())
    assert said.notes == () and said.ending == "."
    assert server.keys == ["Bearer secret"]
    assert server.asked == [
        {
            "path": "/v1/audio/speech",
            "model": "m",
            "voice": "v",
            "input": "The museum opens at ten thirty, and children pay five dollars and fifty cents.",
            "response_format": "wav",
        }
    ]
    speech = said.speech
    assert [word.text for word in speech.words] == TEXT.split()
    assert speech.phones[0].start == 0 and speech.phones[-1].end == len(speech.pcm)
    assert all(a.end == b.start for a, b in zip(speech.phones, speech.phones[1:], strict=False))
    assert not np.array_equal(speech.pcm, made._embedded(TEXT, "en", Emotion()).speech.pcm)
    made.close()


def test_emotion_reaches_the_server_as_tempo_and_the_sound_as_level(server: VoiceServerStandIn) -> None:
    made = bank(server, describe=True)
    calm = made.say(TEXT, "en", Emotion())
    angry = made.say(TEXT, "en", Emotion.of({"anger": 1.0}, intensity=1.0))
    assert server.asked[1]["speed"] == pytest.approx(1.21, abs=0.01)
    assert "faster" in server.asked[1]["instructions"] and "instructions" not in server.asked[0]
    assert loudness(angry.speech) > loudness(calm.speech) + 1.5
    made.close()


def test_a_manner_names_what_differs_and_how_much() -> None:
    assert manner(NEUTRAL_PROSODY) == ""
    assert manner(EMOTION_PROSODY["sadness"]) == (
        "Speak much slower, much lower, much more monotonous, much softer than usual."
    )


@pytest.mark.parametrize("mode", ["streamed", "pcm"])
def test_sound_without_a_length_or_a_header_is_taken(server: VoiceServerStandIn, mode: str) -> None:
    server.mode = mode
    made = bank(server, **({"format": "pcm", "sample_rate": 16_000} if mode == "pcm" else {}))
    said = made.say(TEXT, "en", Emotion())
    assert said.notes == () and len(said.speech.words) == len(TEXT.split())
    made.close()


NOISE = np.random.default_rng(0).integers(-9000, 9000, 48_000).astype(np.int16).tobytes()


@pytest.mark.parametrize(
    ("mode", "problem"),
    [
        ("broken", "fails"),
        ("stalled", "no sound within 0.3 s"),
        ("slow", "no sound within 0.3 s"),
        ((404, b'{"error": "no such voice"}'), 'answers 404: {"error": "no such voice"}'),
        ((500, b"out of\nmemory"), "answers 500: out of memory"),
        ((302, b""), "answers 302"),
        ((200, b"<html>"), "is no WAV file"),
        ((200, b""), "is no WAV file"),
        ((200, b"RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00" + b"\xff" * 60), "is a WAV file of kind"),
        ((200, b"RIFF\x00\x00\x00\x00WAVE" + b"LIST\x04\x00\x00\x00abcd" * 3), "without sound"),
    ],
)
def test_when_the_server_fails_the_embedded_voice_says_the_clause(
    server: VoiceServerStandIn, mode: str | tuple[int, bytes], problem: str
) -> None:
    server.mode = mode
    made = bank(server, timeout_s=0.3)
    said = made.say(TEXT, "en", Emotion())
    (note,) = said.notes
    assert problem in note and "voice server" in note and "the embedded voice takes over" in note
    own = made._embedded(TEXT, "en", Emotion()).speech
    assert (len(said.speech.pcm), said.speech.phones, said.speech.words) == (len(own.pcm), own.phones, own.words)
    made.close()


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (NOISE, "is noise"),
        (bytes(96_000), "is silent"),
        (b"ID3" + bytes(9000), "is no bare sound"),
        (NOISE[:200], "lasts 0.0 s where"),
        (NOISE * 30, "lasts 60.0 s where"),
    ],
)
def test_sound_that_cannot_be_the_clause_is_not_played(server: VoiceServerStandIn, body: bytes, problem: str) -> None:
    server.mode = (200, body)
    made = bank(server, format="pcm")
    said = made.say(TEXT, "en", Emotion())
    assert problem in said.notes[0] and len(said.speech.words) == len(TEXT.split())
    made.close()


def test_a_server_slower_than_its_own_sound_is_given_up(server: VoiceServerStandIn) -> None:
    server.mode = "drip"
    made = bank(server, timeout_s=0.2)
    assert "less than is heard" in made.say("Yes, please.", "en", Emotion()).notes[0]
    made.close()


def test_who_failed_is_left_alone_for_the_reply_and_three_more_and_its_return_is_told(
    server: VoiceServerStandIn,
) -> None:
    server.mode = (503, b"")
    made = bank(server)
    turns = [1, 1, 2, 2, 3, 4, 5, 5]
    said = []
    for turn in turns:
        said.append(made.say("Yes.", "en", Emotion(), reply(turn)))
        server.mode = "well"
    assert len(server.asked) == 3, "once in reply 1, twice in reply 5"
    assert [bool(s.notes) for s in said] == [True] + [False] * 7
    assert [s.good for s in said] == [""] * 6 + ["the voice server speaks again", ""]
    made.close()


def test_a_server_that_is_gone_or_never_was_costs_no_word() -> None:
    made = bank(None)
    said = made.say("Yes.", "en", Emotion())
    assert "the voice server fails" in said.notes[0] and len(said.speech.words) == 1
    made.close()
    without = VoiceBank("server", {"server": {"url": ""}})
    notes = without.open("en")
    assert any("no address of a voice server" in note and "embedded voice speaks" in note for note in notes)
    assert without.say("Yes.", "en", Emotion()).speech.words
    without.close()


@pytest.mark.parametrize("mode", ["slow", "stalled"])
def test_a_clause_that_nobody_waits_for_ends_at_once_and_is_no_failure(server: VoiceServerStandIn, mode: str) -> None:
    server.mode = mode
    made = bank(server, timeout_s=20.0)
    cancellation = Cancellation()
    asking = threading.Thread(target=made.say, args=(TEXT, "en", Emotion(), reply(1), cancellation))
    asking.start()
    while not server.spoken:
        time.sleep(0.005)
    time.sleep(0.1)
    cancellation.cancel()
    asking.join(3.0)
    assert not asking.is_alive()
    server.mode = "well"
    assert made.say(TEXT, "en", Emotion(), reply(2)).notes == ()
    assert len(server.asked) == 2
    made.close()


def test_other_languages_are_spoken_by_the_server_too(server: VoiceServerStandIn) -> None:
    made = bank(server)
    said = made.say("Hallo Welt.", "de", Emotion())
    assert said.notes == () and [word.text for word in said.speech.words] == ["Hallo", "Welt."]
    said = made.say("Salve munde", "xx-nobody", Emotion())
    assert any(mark.phone != SILENCE for mark in said.speech.phones)
    made.close()
