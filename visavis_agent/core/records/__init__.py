"""The records that stages exchange. One record type is one topic; fields have the names of the ROS message.

Every record carries `media_ns`, the media time (ns) its content belongs to, and `session`, the name of the visit.
Arrays are read by everyone and written by nobody after they were emitted. A record with a number that is not finite,
or an array that has not its shape and type, raises ValueError when it is made, so nothing downstream meets a NaN.
"""

from __future__ import annotations

from visavis_agent.core.records.base import (
    LONGEST_REQUEST_S,
    MAXIMUM_TEXT,
    MICROPHONE_RATE,
    MOTION_RATE,
    Array,
    Float3,
    Record,
)
from visavis_agent.core.records.conversation import NO_REPLY, Phase, Playback, TurnState, UserTurn
from visavis_agent.core.records.dialogue import AgentEmotion, GestureMark, Lane, SpeechPlan, UserEmotion
from visavis_agent.core.records.equality import equal
from visavis_agent.core.records.hearing import Hypothesis, Prosody, Utterance, VoiceActivity, VoiceAffect
from visavis_agent.core.records.motion import BodyMotion, FaceMotion, JointCommand
from visavis_agent.core.records.outside import (
    DEVICES,
    AvatarWish,
    CameraImage,
    DevicesEnabled,
    DeviceSwitch,
    ExpressionRequest,
    GazeFrame,
    GazeRequest,
    GestureRequest,
    MicrophoneAudio,
    RobotSound,
    RobotVoice,
    Selection,
    TextInput,
    TextSource,
)
from visavis_agent.core.records.overview import Diagnostic, Level, TurnReport
from visavis_agent.core.records.perception import FaceAffect, HandGesture, Person, Persons, Presence, Zone
from visavis_agent.core.records.rendering import VideoFrame
from visavis_agent.core.records.speech import (
    GestureCue,
    PhoneMark,
    PlaybackStatus,
    SinkState,
    SpeechAudio,
    WordMark,
    WordsHeard,
)

__all__ = [
    "DEVICES",
    "LONGEST_REQUEST_S",
    "MAXIMUM_TEXT",
    "MICROPHONE_RATE",
    "MOTION_RATE",
    "NO_REPLY",
    "AgentEmotion",
    "Array",
    "AvatarWish",
    "BodyMotion",
    "CameraImage",
    "DeviceSwitch",
    "DevicesEnabled",
    "Diagnostic",
    "ExpressionRequest",
    "FaceAffect",
    "FaceMotion",
    "Float3",
    "GazeFrame",
    "GazeRequest",
    "GestureCue",
    "GestureMark",
    "GestureRequest",
    "HandGesture",
    "Hypothesis",
    "JointCommand",
    "Lane",
    "Level",
    "MicrophoneAudio",
    "Person",
    "Persons",
    "Phase",
    "PhoneMark",
    "Playback",
    "PlaybackStatus",
    "Presence",
    "Prosody",
    "Record",
    "RobotSound",
    "RobotVoice",
    "Selection",
    "SinkState",
    "SpeechAudio",
    "SpeechPlan",
    "TextInput",
    "TextSource",
    "TurnReport",
    "TurnState",
    "UserEmotion",
    "UserTurn",
    "Utterance",
    "VideoFrame",
    "VoiceActivity",
    "VoiceAffect",
    "WordMark",
    "WordsHeard",
    "Zone",
    "equal",
]
