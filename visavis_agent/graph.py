"""The graph table: every stage, what it takes and gives, where it travels, in which process it lives.

`session.py` runs this table offline, the nodes run it live, launch files and the supervisor loop over it.
"""

from __future__ import annotations

from visavis_agent.core import records as r
from visavis_agent.core.graph import (
    EVENT_QOS,
    MOTION_QOS,
    SENSOR_QOS,
    SPEECH_QOS,
    STATE_QOS,
    Graph,
    StageSpec,
    Topic,
)

TOPICS = (
    Topic(r.MicrophoneAudio, "microphone/audio", "visavis/msg/MicrophoneAudio", SENSOR_QOS),
    Topic(r.CameraImage, "camera/image", "sensor_msgs/msg/Image", SENSOR_QOS),
    Topic(r.TextInput, "input/text", "visavis/msg/TextInput", EVENT_QOS),
    Topic(r.Persons, "perception/persons", "visavis/msg/Persons", STATE_QOS),
    Topic(r.FaceAffect, "perception/face_affect", "visavis/msg/FaceAffect", MOTION_QOS),
    Topic(r.VoiceActivity, "hearing/voice_activity", "visavis/msg/VoiceActivity", STATE_QOS),
    Topic(r.Prosody, "hearing/prosody", "visavis/msg/Prosody", MOTION_QOS),
    Topic(r.VoiceAffect, "hearing/voice_affect", "visavis/msg/VoiceAffect", EVENT_QOS),
    Topic(r.Utterance, "hearing/utterance", "visavis/msg/Utterance", EVENT_QOS),
    Topic(r.TurnState, "conversation/turn_state", "visavis/msg/TurnState", STATE_QOS),
    Topic(r.UserTurn, "conversation/user_turn", "visavis/msg/UserTurn", EVENT_QOS),
    Topic(r.TurnReport, "conversation/turn_report", "visavis/msg/TurnReport", EVENT_QOS),
    Topic(r.UserEmotion, "dialogue/user_emotion", "visavis/msg/UserEmotion", STATE_QOS),
    Topic(r.AgentEmotion, "dialogue/agent_emotion", "visavis/msg/AgentEmotion", STATE_QOS),
    Topic(r.SpeechPlan, "dialogue/speech_plan", "visavis/msg/SpeechPlan", SPEECH_QOS),
    Topic(r.SpeechAudio, "speech/audio", "visavis/msg/SpeechAudio", SPEECH_QOS),
    Topic(r.PlaybackStatus, "speech/playback_status", "visavis/msg/PlaybackStatus", EVENT_QOS),
    Topic(r.WordsHeard, "speech/words_heard", "visavis/msg/WordsHeard", EVENT_QOS),
    Topic(r.FaceMotion, "motion/face", "visavis/msg/FaceMotion", MOTION_QOS),
    Topic(r.BodyMotion, "motion/body", "visavis/msg/BodyMotion", MOTION_QOS),
    Topic(r.VideoFrame, "image", "sensor_msgs/msg/Image", SENSOR_QOS),
    Topic(r.Diagnostic, "diagnostics", "diagnostic_msgs/msg/DiagnosticArray", EVENT_QOS),
)

STAGES = (
    StageSpec(
        "microphone",
        "visavis_agent.devices.microphone:MicrophoneStage",
        inputs=(),
        outputs=(r.MicrophoneAudio,),
        process="audio",
        live=True,
    ),
    StageSpec(
        "camera",
        "visavis_agent.devices.camera:CameraStage",
        inputs=(),
        outputs=(r.CameraImage,),
        process="perception",
        live=True,
    ),
    StageSpec(
        "perception",
        "visavis_agent.perception.stage:PerceptionStage",
        inputs=(r.CameraImage,),
        outputs=(r.Persons, r.FaceAffect),
        process="perception",
    ),
    StageSpec(
        "hearing",
        "visavis_agent.hearing.stage:HearingStage",
        inputs=(r.MicrophoneAudio,),
        outputs=(r.VoiceActivity, r.Prosody, r.VoiceAffect, r.Utterance),
        process="audio",
    ),
    StageSpec(
        "conversation",
        "visavis_agent.conversation.stage:ConversationStage",
        inputs=(
            r.VoiceActivity,
            r.Utterance,
            r.TextInput,
            r.Persons,
            r.SpeechPlan,
            r.SpeechAudio,
            r.PlaybackStatus,
            r.WordsHeard,
        ),
        outputs=(r.TurnState, r.UserTurn, r.TurnReport),
        process="audio",
    ),
    StageSpec(
        "dialogue",
        "visavis_agent.dialogue.stage:DialogueStage",
        inputs=(r.UserTurn, r.TurnState, r.FaceAffect, r.VoiceAffect, r.Persons, r.WordsHeard),
        outputs=(r.UserEmotion, r.AgentEmotion, r.SpeechPlan),
        process="dialogue",
    ),
    StageSpec(
        "speech",
        "visavis_agent.speech.stage:SpeechStage",
        inputs=(r.SpeechPlan, r.TurnState),
        outputs=(r.SpeechAudio,),
        process="speech",
    ),
    StageSpec(
        "playback",
        "visavis_agent.speech.playback:PlaybackStage",
        inputs=(r.SpeechAudio, r.TurnState),
        outputs=(r.PlaybackStatus, r.WordsHeard),
        process="audio",
    ),
    StageSpec(
        "motion",
        "visavis_agent.motion.stage:MotionStage",
        inputs=(
            r.SpeechAudio,
            r.PlaybackStatus,
            r.TurnState,
            r.AgentEmotion,
            r.Persons,
            r.FaceAffect,
            r.VoiceActivity,
            r.Prosody,
        ),
        outputs=(r.FaceMotion, r.BodyMotion),
        process="screen",
    ),
    StageSpec(
        "rendering",
        "visavis_agent.rendering.stage:RenderingStage",
        inputs=(r.FaceMotion, r.BodyMotion),
        outputs=(r.VideoFrame,),
        process="screen",
    ),
    StageSpec(
        "page",
        "visavis_agent.kiosk.page:PageStage",
        inputs=(r.VideoFrame, r.TurnState, r.SpeechAudio, r.PlaybackStatus, r.Utterance, r.Diagnostic),
        outputs=(r.TextInput,),
        process="screen",
        live=True,
    ),
)

GRAPH = Graph(TOPICS, STAGES)
