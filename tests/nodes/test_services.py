"""A foreign process drives the agent by its services and its action, on the real stages."""

from __future__ import annotations

import time
from array import array
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from action_msgs.msg import GoalStatus
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import Point, PointStamped
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.action import ActionClient
from sensor_msgs.msg import CompressedImage, Image
from trajectory_msgs.msg import JointTrajectory
from visavis.action import Say
from visavis.msg import (
    BodyMotion,
    DevicesEnabled,
    Emotion,
    FaceMotion,
    Hypothesis,
    MicrophoneAudio,
    Persons,
    TextInput,
    TurnState,
    Utterance,
    VoiceActivity,
)
from visavis.srv import (
    Chat,
    Interrupt,
    LookAt,
    PlayGesture,
    SelectAvatar,
    SelectPersona,
    SetEnabled,
    SetExpression,
)

from tests.nodes.client import Client, running
from visavis_agent.core.arkit import ARKIT_INDEX

pytestmark = pytest.mark.ros
MIND = "agent,conversation,dialogue,speech,playback"
FROWN = ARKIT_INDEX["mouthFrownLeft"]


class Speaker:
    """Sends goals of Say; collects their words."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.action = ActionClient(client.node, Say, "say")
        client.wait(self.action.server_is_ready, "the action say")

    def say(self, text: str, **fields: Any) -> tuple[Any, list[Any]]:
        """The accepted goal, and its feedback as it comes."""
        words: list[Any] = []
        goal = Say.Goal(text=text, **fields)
        sent = self.action.send_goal_async(goal, feedback_callback=lambda f: words.append(f.feedback))
        self.client.wait(sent.done, "the goal")
        return sent.result(), words

    def result(self, goal: Any) -> Any:
        future = goal.get_result_async()
        self.client.wait(future.done, "the result")
        return future.result().result

    def close(self) -> None:
        self.action.destroy()


def test_texts_are_answered_said_and_cut_off(client: Client, tmp_path: Path) -> None:
    states = client.listen(TurnState, "conversation/turn_state", latched=True)
    with running(tmp_path / "log", "--stages", MIND) as process:
        answer = client.call(Chat, "chat", Chat.Request(text="What is your name?"))
        print(answer, process.output[-3000:])
        assert answer.success and not answer.message and "Vera" in answer.answer
        client.wait(lambda: states[-1].phase == TurnState.PHASE_SPEAKING, "its sound")

        stopped = client.call(Interrupt, "interrupt", Interrupt.Request())
        assert stopped.success and stopped.id.turn > answer.id.turn

        speaker = Speaker(client)
        goal, words = speaker.say("<gesture wave>Good morning to you.")
        result = speaker.result(goal)
        assert (result.outcome, result.heard) == (Say.Result.OUTCOME_SPOKEN, "Good morning to you.")
        assert [(w.index, w.word) for w in words] == list(enumerate("Good morning to you.".split()))

        first, _ = speaker.say("This will take a while, because it is a long sentence, and nobody will wait for it.")
        client.wait(lambda: states[-1].phase == TurnState.PHASE_SPEAKING, "its sound")
        second, _ = speaker.say("Stop.", interrupt=True)
        cut, said = speaker.result(first), speaker.result(second)
        assert cut.outcome == Say.Result.OUTCOME_INTERRUPTED and len(cut.heard) < 60
        assert said.outcome == Say.Result.OUTCOME_SPOKEN

        dropped, _ = speaker.say("This one is taken back by the program that sent it, long before its end.")
        client.wait(lambda: states[-1].phase == TurnState.PHASE_SPEAKING, "its sound")
        taken_back = dropped.cancel_goal_async()
        client.wait(taken_back.done, "the cancellation")
        assert speaker.result(dropped).outcome == Say.Result.OUTCOME_INTERRUPTED
        assert dropped.status == GoalStatus.STATUS_CANCELED

        wrong, _ = speaker.say("<gesture somersault>Look at me.")
        refused = speaker.result(wrong)
        assert refused.outcome == Say.Result.OUTCOME_FAILED and "somersault" in refused.message
        speaker.close()


def faces_after(faces: list[FaceMotion], seconds: float) -> list[FaceMotion]:
    """The faces of the last `seconds`."""
    return [face for face in faces if face.media_ns > faces[-1].media_ns - seconds * 1e9]


def mean_yaw(faces: list[FaceMotion]) -> float:
    """Where the eyes and head look together, rad, on average; yaw > 0 is the own left."""
    return float(np.mean([face.head[2] + (face.left_eye[0] + face.right_eye[0]) / 2 for face in faces]))


def test_face_and_body_do_what_is_asked_and_return(client: Client, tmp_path: Path) -> None:
    faces = client.listen(FaceMotion, "motion/face", reliable=False)
    bodies = client.listen(BodyMotion, "motion/body", reliable=False)
    with running(tmp_path / "log", "--stages", "agent,motion"):
        client.wait(lambda: bool(faces), "an idle face")
        target = PointStamped()
        target.point = Point(x=1.0, y=0.5, z=0.0)
        looked = client.call(LookAt, "look_at", LookAt.Request(enable=True, target=target, duration=2.0))
        assert looked.success
        client.spin(1.5)
        assert mean_yaw(faces_after(faces, 0.5)) > 0.35
        client.spin(2.5)
        assert abs(mean_yaw(faces_after(faces, 0.5))) < 0.3

        sad = Emotion(distribution=[0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0], intensity=1.0, valence=-0.8)
        before = faces[-1].coefficients[FROWN]
        assert client.call(SetExpression, "set_expression", SetExpression.Request(emotion=sad)).success
        client.wait(lambda: faces[-1].coefficients[FROWN] > before + 0.3, "a frown")
        assert client.call(SetExpression, "set_expression", SetExpression.Request(enable=False)).success
        client.wait(lambda: faces[-1].coefficients[FROWN] < before + 0.05, "the face as it was")

        waved = client.call(PlayGesture, "play_gesture", PlayGesture.Request(name="wave"))
        assert waved.success and 2.0 < waved.duration < 4.0
        client.wait(lambda: bodies[-1].gesture == "wave", "a wave")
        client.wait(lambda: bodies[-1].gesture == "", "arms at rest")


def test_what_cannot_be_done_is_refused_in_words(client: Client, tmp_path: Path) -> None:
    nan, target = float("nan"), PointStamped()
    target.header.frame_id = "left_elbow"
    nowhere = PointStamped()
    nowhere.point.x = nan
    wrong_sum = Emotion(distribution=[0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    asked = [
        (Chat, "chat", Chat.Request(text="  "), "1 to 100000"),
        (LookAt, "look_at", LookAt.Request(enable=True, target=target), "screen"),
        (LookAt, "look_at", LookAt.Request(enable=True, target=nowhere), "finite"),
        (LookAt, "look_at", LookAt.Request(enable=True, duration=nan), "duration"),
        (LookAt, "look_at", LookAt.Request(enable=True, person_id="nobody"), "in view"),
        (SetExpression, "set_expression", SetExpression.Request(emotion=wrong_sum), "sum to 1"),
        (SetExpression, "set_expression", SetExpression.Request(duration=-1.0), "duration"),
        (PlayGesture, "play_gesture", PlayGesture.Request(name="somersault"), "wave"),
        (PlayGesture, "play_gesture", PlayGesture.Request(name="wave", intensity=nan), "intensity"),
        (SetEnabled, "set_enabled", SetEnabled.Request(device=7), "microphone"),
        (SelectAvatar, "select_avatar", SelectAvatar.Request(name="../hero"), "hero"),
        (SelectAvatar, "select_avatar", SelectAvatar.Request(description="a zebra"), "30-year-old"),
        (SelectPersona, "select_persona", SelectPersona.Request(name="nobody"), "vera"),
    ]
    with running(tmp_path / "log", "--stages", "agent"):
        for kind, name, request, words in asked:
            answer = client.call(kind, name, request)
            assert not answer.success and words in answer.message, (request, answer)


def test_without_a_conversation_a_service_says_so(client: Client, tmp_path: Path) -> None:
    with running(tmp_path / "log", "--stages", "agent", "--ros-args", "-p", "agent:patience_s:=1.0"):
        answer = client.call(Chat, "chat", Chat.Request(text="Is anybody there?"))
        assert not answer.success and "conversation" in answer.message


def test_an_inactive_node_says_so(client: Client, tmp_path: Path) -> None:
    with running(tmp_path / "log", "--stages", "agent", "--ros-args", "-p", "agent:autostart:=false"):
        configure = ChangeState.Request(transition=Transition(id=Transition.TRANSITION_CONFIGURE))
        assert client.call(ChangeState, "agent/change_state", configure).success
        answer = client.call(PlayGesture, "play_gesture", PlayGesture.Request(name="wave"))
        assert not answer.success and "not active" in answer.message


def test_devices_are_switched_off_for_who_is_there_and_who_comes_later(client: Client, tmp_path: Path) -> None:
    states = client.listen(TurnState, "conversation/turn_state", latched=True)
    activity = client.listen(VoiceActivity, "hearing/voice_activity", latched=True)
    with (
        running(tmp_path / "mind", "--stages", "agent"),
        running(tmp_path / "audio", "--stages", "hearing,conversation", "--ros-args", "-p", "hearing:recogniser:=none"),
    ):
        request = SetEnabled.Request(device=SetEnabled.Request.DEVICE_MICROPHONE, enabled=False)
        sound = client.publisher(MicrophoneAudio, "microphone/audio")
        silence = MicrophoneAudio(pcm=[0] * 512, sample_rate=16_000)
        client.repeat(lambda: sound.publish(silence), lambda: bool(activity), "an ear")
        assert client.call(SetEnabled, "set_enabled", request).success
        assert not states[-1].microphone and states[-1].camera and states[-1].sound
        client.spin(0.3)
        heard = len(activity)
        for _ in range(20):
            sound.publish(silence)
        client.spin(0.5)
        assert len(activity) == heard

        late = client.listen(DevicesEnabled, "input/devices_enabled", latched=True)
        client.wait(lambda: bool(late), "the latched state")
        assert not late[-1].microphone

        request.enabled = True
        assert client.call(SetEnabled, "set_enabled", request).success
        client.repeat(lambda: sound.publish(silence), lambda: len(activity) > heard, "the ear again")


def test_the_node_answers_in_a_flood_of_texts(client: Client, tmp_path: Path) -> None:
    with running(tmp_path / "log", "--stages", MIND):
        texts = client.publisher(TextInput, "input/text", count=0)
        client.call(Chat, "chat", Chat.Request(text="Hello!"))
        utterances = client.publisher(Utterance, "hearing/utterance")
        begin, sent = time.monotonic(), 0
        while sent < 2000:
            texts.publish(TextInput(text=f"What about number {sent}?"))
            words = [Hypothesis(text=f"what about {sent}", confidence=0.5)]
            utterances.publish(Utterance(utterance=sent, hypotheses=words, final=True, start_ns=1, end_ns=2))
            sent += 1
            time.sleep(max(0.0, begin + sent / 1000 - time.monotonic()))
        answer = client.call(Chat, "chat", Chat.Request(text="What is your name?"))
        assert answer.success and "Vera" in answer.answer


# ----------------------------------------------------------------------------------------------- a robot's topics
def test_the_joints_of_a_robot_follow(client: Client, tmp_path: Path) -> None:
    commands = client.listen(JointTrajectory, "joint_trajectory")
    with running(tmp_path / "log", "--stages", "motion,joints", "--ros-args", "-p", "joints:robot:=example"):
        client.wait(lambda: len(commands) > 20, "commands")
    first = commands[-1]
    assert "head_pan_joint" in first.joint_names and len(first.points) == 1
    point = first.points[0]
    assert len(point.positions) == len(point.velocities) == len(first.joint_names)
    assert (point.time_from_start.sec, point.time_from_start.nanosec) == (0, 100_000_000)
    stamps = [command.header.stamp.sec * 10**9 + command.header.stamp.nanosec for command in commands]
    assert abs(np.median(np.diff(stamps)) - 40_000_000) < 5_000_000


ENCODINGS = {"rgb8": 3, "bgr8": 3, "mono8": 1, "yuv422": 2, "nv12": 1}


def picture(encoding: str, width: int = 64, height: int = 48) -> Image:
    rows = height * 3 // 2 if encoding == "nv12" else height
    step = width * ENCODINGS[encoding]
    data = array("B", b"\x80" * (rows * step))
    return Image(width=width, height=height, encoding=encoding, step=step, data=data)


def test_every_encoding_of_a_camera_is_seen_and_a_wrong_one_is_said(client: Client, tmp_path: Path) -> None:
    said = client.listen(DiagnosticArray, "diagnostics")
    persons = client.listen(Persons, "perception/persons", latched=True)
    _, jpeg = cv2.imencode(".jpg", np.full((48, 64, 3), 128, np.uint8))
    squeezed = CompressedImage(format="jpeg", data=array("B", jpeg.tobytes()))
    with running(tmp_path / "log", "--stages", "perception"):
        compressed = client.publisher(CompressedImage, "camera/image/compressed")
        camera = client.publisher(Image, "camera/image")
        client.repeat(lambda: compressed.publish(squeezed), lambda: bool(persons), "eyes for compressed pictures")
        for encoding in ENCODINGS:
            seen = len(persons)
            client.repeat(lambda e=encoding: camera.publish(picture(e)), lambda s=seen: len(persons) > s, encoding)
        wrong, torn = picture("rgb8"), picture("rgb8")
        wrong.encoding = "bayer_rggb8"
        torn.data = array("B", b"1")
        for bad, words in ((wrong, "bayer_rggb8"), (torn, "too few")):
            client.repeat(
                lambda b=bad: camera.publish(b),
                lambda w=words: any(w in status.message for message in said for status in message.status),
                f"a complaint about {words}",
            )
        seen = len(persons)
        client.repeat(lambda: camera.publish(picture("rgb8")), lambda: len(persons) > seen, "eyes after that")
    assert not any(message.persons for message in persons), "nobody is in a grey picture"
