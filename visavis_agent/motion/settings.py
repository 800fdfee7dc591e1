"""What can be set about motion."""

from __future__ import annotations

from dataclasses import dataclass

from visavis_agent.core.inference import InferenceSettings
from visavis_agent.core.settings import setting
from visavis_agent.motion.attract import MANNERS


@dataclass(frozen=True)
class LayerWeights:
    """How strong each layer over the mouth of speech is: 1 as it is meant, 0 switched off."""

    emotion: float = setting(1.0, "What the agent feels or says with feeling", low=0.0, high=1.5)
    listening: float = setting(1.0, "Expressions while it listens", low=0.0, high=1.5)
    backchannels: float = setting(1.0, "Nods and silent signs at the visitor's pauses", low=0.0, high=1.5)
    orienting: float = setting(1.0, "Brows and lids when something catches its attention", low=0.0, high=1.5)
    accents: float = setting(1.0, "Nods and brow raises on stressed words of its own", low=0.0, high=1.5)
    beats: float = setting(1.0, "Small strokes of the hands on stressed words", low=0.0, high=1.5)
    gestures: float = setting(1.0, "Size of gestures of arms and head", low=0.0, high=1.0)
    idle: float = setting(1.0, "Slow drift of brows and smile, sway of head and body", low=0.0, high=2.0)
    breath: float = setting(1.0, "Breathing", low=0.0, high=2.0)
    blinks: float = setting(1.0, "Blinking; in between the lids shut only in part", low=0.0, high=1.0)


_LAYERS = LayerWeights()


@dataclass(frozen=True)
class MotionSettings:
    """Settings of the motion stage.

    Screen frame: origin in the middle of the picture, x out of it, y to the
    character's own left, z up."""

    lead_ms: float = setting(
        40.0, "How long before it is due a frame is computed and sent", unit="ms", low=0.0, high=100.0
    )
    lip_lead_ms: float = setting(
        10.0, "How far lips run ahead of the sound, contacts excepted", unit="ms", low=0.0, high=60.0
    )
    lips_from_sound: bool = setting(True, "Speech without phones moves the mouth by a net that hears it")
    inference: InferenceSettings = setting(InferenceSettings(), "How that net is run")
    resting_smile: float = setting(0.12, "Smile of the face at rest", low=0.0, high=0.5)
    expressiveness: float = setting(1.0, "Factor on emotions shown by the face", low=0.0, high=1.5)
    mimicry: float = setting(0.5, "Share of a visitor's smile that is returned", low=0.0, high=1.0)
    attract: str = setting(
        "wave",
        "What it does for a passer-by while it talks to nobody: look up and smile, wave once to who looks back, or off",
        choices=MANNERS,
    )
    liveliness: float = setting(1.0, "Factor on idle motion of head and body", low=0.0, high=2.0)
    blink_interval_s: float = setting(2.6, "Median time between spontaneous blinks", unit="s", low=1.5, high=10.0)
    contact_listening: float = setting(0.85, "Share of time the eyes rest on a visitor who speaks", low=0.0, high=1.0)
    contact_speaking: float = setting(0.70, "Share while the agent speaks", low=0.0, high=1.0)
    contact_thinking: float = setting(0.25, "Share while the agent looks for an answer", low=0.0, high=1.0)
    contact_idle: float = setting(0.75, "Share at other times", low=0.0, high=1.0)
    gaze_gain: float = setting(
        1.0,
        "Share of the geometric angle to the visitor; less on a flat screen seen by many",
        low=0.0,
        high=1.0,
    )
    head_share: float = setting(0.6, "Share of a lasting change of gaze that the head takes over", low=0.0, high=1.0)
    screen_size_m: tuple[float, float] = setting(
        (0.345, 0.195), "Width and height of the picture on the screen", unit="m"
    )
    eyes_on_screen: tuple[float, float] = setting(
        (0.5, 0.42), "Where the character's eyes are in the picture: shares from the left and from the top"
    )
    camera_position_m: tuple[float, float, float] = setting((0.0, 0.0, 0.11), "Camera in the screen frame", unit="m")
    camera_rotation_rad: tuple[float, float, float] = setting(
        (0.0, 0.0, 0.0), "Roll, pitch, yaw of the camera in the screen frame", unit="rad"
    )
    viewer_distance_m: float = setting(
        0.9, "Distance of a viewer that no camera sees, straight ahead", unit="m", low=0.3, high=5.0
    )
    layers: LayerWeights = setting(_LAYERS, "Weights of the layers")
