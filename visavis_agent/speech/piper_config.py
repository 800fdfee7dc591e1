"""What stands beside a Piper-type net: its symbols, rate, speakers and scales, as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from visavis_agent.core.errors import ConfigurationError, FormatError

BEGIN, END, BETWEEN = "^", "$", "_"
_HOP = 256


@dataclass(frozen=True, slots=True)
class PiperConfig:
    """What the net's JSON says.

    Attributes:
        voice: espeak-ng's voice whose symbols it was trained with.
        ids: numbers of each symbol.
        scales: of noise, of length (1: as trained; more is slower), and of noise in the lengths.
        speakers: numbers by name; empty for one speaker.
        hop: samples in a unit of the lengths that it gives.
    """

    voice: str
    ids: dict[str, tuple[int, ...]]
    sample_rate: int
    scales: tuple[float, float, float]
    speakers: dict[str, int]
    several: bool
    hop: int


def read_config(path: Path) -> PiperConfig:
    """The settings of a net.

    Raises:
        FormatError: the file is missing or none of a Piper-type net that reads IPA.
    """
    remedy = "It comes with the net, as NAME.onnx.json"
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        if read.get("phoneme_type", "espeak") != "espeak":
            problem = f"the net reads {read['phoneme_type']!r}, not espeak-ng's IPA"
            raise FormatError(problem, str(path), "Give another net")
        ids = {str(k): tuple(int(i) for i in v) for k, v in read["phoneme_id_map"].items()}
        scales = read.get("inference", {})
        config = PiperConfig(
            voice=str(read["espeak"]["voice"]),
            ids=ids,
            sample_rate=int(read["audio"]["sample_rate"]),
            scales=(
                float(scales.get("noise_scale", 0.667)),
                float(scales.get("length_scale", 1.0)),
                float(scales.get("noise_w", 0.8)),
            ),
            speakers={str(k): int(v) for k, v in (read.get("speaker_id_map") or {}).items()},
            several=int(read.get("num_speakers", 1)) > 1,
            hop=int(read.get("hop_length", _HOP)),
        )
    except OSError as error:
        raise FormatError(f"cannot be read ({error.strerror})", str(path), remedy) from None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        problem = f"does not hold a Piper-type net's settings ({type(error).__name__}: {error})"
        raise FormatError(problem, str(path), remedy) from None
    good = 8_000 <= config.sample_rate <= 48_000 and config.hop > 0 and all(0.0 <= s <= 10.0 for s in config.scales)
    if not good or not all(ids.get(mark) for mark in (BEGIN, END, BETWEEN)):
        raise FormatError("holds settings that no Piper-type net has", str(path), remedy)
    return config


def speaker_of(config: PiperConfig, named: str) -> int:
    """The number of a speaker, by name or number; an empty name is the first.

    Raises:
        ConfigurationError: the net has no such speaker.
    """
    if named in config.speakers:
        return config.speakers[named]
    if not named or (named.isascii() and named.isdigit() and config.several):
        return int(named or 0)
    known = ", ".join(config.speakers) or "it has one"
    raise ConfigurationError(f"the net has no speaker {named!r}", "speech.piper.speaker", f"Known: {known}")
