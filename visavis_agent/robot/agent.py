"""The agent stage: what other programs ask of the agent becomes records, and the records that follow answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from visavis_agent.core.clock import MS, nanoseconds
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.errors import InputError
from visavis_agent.core.identity import Attributes, choose, read_wish
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    DEVICES,
    LONGEST_REQUEST_S,
    MAXIMUM_TEXT,
    AvatarWish,
    DevicesEnabled,
    DeviceSwitch,
    ExpressionRequest,
    Float3,
    GazeFrame,
    GazeRequest,
    GestureRequest,
    Level,
    Persons,
    Phase,
    Record,
    Selection,
    SpeechPlan,
    TextInput,
    TextSource,
    TurnState,
    UserTurn,
    WordsHeard,
)
from visavis_agent.core.settings import setting
from visavis_agent.core.stage import Handle, Host, Stage
from visavis_agent.dialogue.markup import check_markup
from visavis_agent.dialogue.persona import persona_names
from visavis_agent.motion.gestures import GESTURES, gesture_seconds
from visavis_agent.rendering.avatars import cast
from visavis_agent.robot.chat import NO_CONVERSATION, TAKEN_NS, Answer, Chat, Plans
from visavis_agent.robot.say_queue import SayQueue
from visavis_agent.robot.saying import Said, Saying, silence

_MOST_CHATS = 64
_CONNECTING_NS = 300 * MS  # a conversation that is seen may not hear yet
_STOPPED = "The node was stopped"


@dataclass(frozen=True)
class AgentSettings:
    """Settings of the agent stage."""

    patience_s: float = setting(
        20.0, "how long a request waits for a conversation that is not there yet", unit="s", low=0.0, high=600.0
    )
    screen_frame: str = setting("screen", "tf frame in the middle of the picture, x out of it, z up; needs no tf")
    camera_frame: str = setting("camera", "tf frame of the camera (x away from it, z up); its pose is set in motion")
    frame_prefix: str = setting("", "before both names, as in robot_state_publisher")
    tf: bool = setting(True, "listen to /tf, so that points may be given in any frame")
    consent: bool = setting(False, "the camera is off until somebody switches it on")
    avatar: str = setting("", "name of the avatar that is shown at first: 'somebody else' is another one")


class AgentStage(Stage):
    """Takes requests on the stage thread. What cannot be done is an InputError with the reason at once; what takes
    time is told to the `done` that came with it, once.
    """

    settings_type = AgentSettings
    handlers: ClassVar[dict[type[Record], str]] = {
        TurnState: "on_state",
        UserTurn: "on_turn",
        SpeechPlan: "on_plan",
        WordsHeard: "on_words",
        Persons: "on_persons",
        DeviceSwitch: "on_switch",
        AvatarWish: "on_wish",
    }

    def __init__(self, settings: AgentSettings, host: Host) -> None:
        super().__init__(settings, host)
        self._began_ns = host.now()
        self._number = 0
        self._state: TurnState | None = None
        self._persons = Persons(media_ns=0)
        self._connected = False
        self._early: list[tuple[Callable[[], None], Callable[[], None]]] = []
        self._plans = Plans()
        self._chats: list[Chat] = []
        self._queue = SayQueue(host)
        self._interrupts: list[_Awaited] = []
        self._switches: list[_Awaited] = []
        self._enabled: DevicesEnabled | None = None
        self._selected = Selection(media_ns=0)
        self._changed = False

    def start(self) -> None:
        settings: AgentSettings = self.settings
        if settings.consent and self._enabled is None:
            self._enabled = DevicesEnabled(media_ns=self.host.now(), camera=False)
            self.host.emit(self._enabled)

    def stop(self) -> None:
        """Everything that was asked and is not done yet has failed."""
        for chat in self._chats:
            chat.fail(_STOPPED)
        self._queue.stop(_STOPPED)
        for _, give_up in self._early:
            give_up()
        for awaited in [*self._interrupts, *self._switches]:
            awaited.fail(_STOPPED)

    # -------------------------------------------------------------------------------------------------- speaking
    def chat(self, text: str, person_id: str, locale: str, done: Callable[[Answer], None]) -> None:
        """Give the agent a text as a visitor would; `done` gets the answer in words."""
        _check_text(text)
        self._chats = [chat for chat in self._chats if not chat.over]
        if len(self._chats) >= _MOST_CHATS:
            raise InputError(f"{_MOST_CHATS} texts wait for their answers already", "", "Wait for some of them")
        chat = Chat(self.host, self._text(text, person_id, locale), self._plans, done)
        self._chats.append(chat)
        self._when_there(chat.begin, lambda: chat.fail(NO_CONVERSATION))

    def say(
        self,
        text: str,
        locale: str,
        emotion: Emotion,
        at_once: bool,
        word: Callable[[ReplyId, str, int], None],
        done: Callable[[Said], None],
    ) -> Saying:
        """Have a text said; `word` gets the words as they are heard, `done` how it ended."""
        _check_text(text)
        check_markup(text, "text")
        wanted = replace(self._text(text, "", locale), say=True, emotion=emotion)
        saying = Saying(self.host, wanted, word, done)
        self._when_there(lambda: self._queue.add(saying, at_once), lambda: saying.fail(NO_CONVERSATION))
        return saying

    def interrupt(self, done: Callable[[bool, str, ReplyId], None]) -> None:
        """Stop what is said and planned; `done` gets whether there was anything, words, and the new turn's id."""
        state = self._state
        if state is None:
            done(False, NO_CONVERSATION, ReplyId())
            return
        active = self._queue.busy or state.phase in (Phase.THINKING, Phase.SPEAKING)
        before = state.id
        words = "The agent is silent now" if active else "The agent was silent"
        self._interrupts.append(
            _Awaited(
                self.host,
                lambda new: new.id > before,
                lambda new: done(active, words, new.id),
                lambda message: done(False, message, ReplyId()),
                TAKEN_NS,
            )
        )
        self._queue.clear()
        self.host.emit(silence(self.host))

    @property
    def _patience_ns(self) -> int:
        settings: AgentSettings = self.settings
        return nanoseconds(settings.patience_s)

    def _when_there(self, action: Callable[[], None], give_up: Callable[[], None]) -> None:
        """Run `action` now, or once a conversation has come and been connected; `give_up` if none comes."""
        if self._connected:
            action()
            return
        self._early.append((action, give_up))
        patience_ns = self._patience_ns
        self.host.at(self.host.now() + patience_ns, lambda: None if self._state is not None else give_up())

    def _connect(self) -> None:
        """What waited for the conversation begins."""
        self._connected = True
        early, self._early = self._early, []
        for action, _ in early:
            action()

    def _text(self, text: str, person_id: str, locale: str) -> TextInput:
        self._number += 1
        tag = f"agent-{self._began_ns}-{self._number}"
        return TextInput(
            media_ns=self.host.now(),
            text=text,
            source=TextSource.SERVICE,
            person_id=person_id,
            locale=locale or "en",
            request=tag,
        )

    # ---------------------------------------------------------------------------------------------- face and body
    def look_at(self, point: Float3, frame: GazeFrame, person_id: str, duration_s: float) -> None:
        """Look at a point (m), or at a person in view if one is given, for so long; 0: until the next call."""
        _check_duration(duration_s)
        if not all(math.isfinite(value) for value in point):
            raise InputError(f"the point is {point}", "target", "Its coordinates are finite numbers, in metres")
        seen = [person.person_id for person in self._persons.persons]
        if person_id and person_id not in seen:
            raise InputError(f"nobody named {person_id!r} is in view", "person_id", f"In view: {_list(seen)}")
        self.host.emit(
            GazeRequest(media_ns=self.host.now(), point=point, frame=frame, person_id=person_id, duration_s=duration_s)
        )

    @property
    def screen_frame(self) -> str:
        """The screen's tf frame."""
        settings: AgentSettings = self.settings
        return settings.frame_prefix + settings.screen_frame

    def frame(self, name: str) -> GazeFrame | None:
        """The frame that motion knows by that tf name, an empty one is the screen's; None: tf has to say."""
        settings: AgentSettings = self.settings
        if name in ("", self.screen_frame):
            return GazeFrame.SCREEN
        return GazeFrame.CAMERA if name == settings.frame_prefix + settings.camera_frame else None

    def look_freely(self) -> None:
        """Look where the agent wants to again."""
        self.host.emit(GazeRequest(media_ns=self.host.now(), enabled=False))

    def show(self, emotion: Emotion | None, duration_s: float) -> None:
        """Show an expression for so long, 0: until the next call; None: what the agent feels again."""
        _check_duration(duration_s)
        shown, now = emotion or Emotion(), self.host.now()
        self.host.emit(
            ExpressionRequest(media_ns=now, enabled=emotion is not None, emotion=shown, duration_s=duration_s)
        )

    def gesture(self, name: str, intensity: float) -> float:
        """Make a gesture; gives how long it takes, s."""
        if name not in GESTURES:
            raise InputError(f"there is no gesture {name!r}", "name", f"There are: {_list(sorted(GESTURES))}")
        if not 0.0 < intensity <= 1.0:
            raise InputError(f"the intensity is {intensity:g}", "intensity", "It is above 0, and 1 at most")
        self.host.emit(GestureRequest(media_ns=self.host.now(), name=name, intensity=intensity))
        return gesture_seconds(name)

    # ------------------------------------------------------------------------------------------ devices, character
    def enable(self, device: str, enabled: bool, done: Callable[[bool, str], None]) -> None:
        """Switch one of DEVICES (core.records); `done` gets whether that has come through, and words."""
        now = self._enabled or DevicesEnabled(media_ns=0)
        flags = {name: getattr(now, name) for name in DEVICES} | {device: enabled}
        self._enabled = DevicesEnabled(
            media_ns=self.host.now(),
            microphone=flags["microphone"],
            camera=flags["camera"],
            sound=flags["sound"],
        )
        self._switches.append(
            _Awaited(
                self.host,
                lambda state: getattr(state, device) is enabled,
                lambda state: done(True, ""),
                lambda message: done(False, message),
                self._patience_ns if self._state is None else TAKEN_NS,
            )
        )
        self.host.emit(self._enabled)

    def on_switch(self, switch: DeviceSwitch) -> None:
        """Do as a visitor wishes."""
        self.enable(switch.device, switch.on, lambda done, message: None)

    def _recall(self, state: TurnState) -> None:
        """After a restart the conversation still knows what was off; who comes later must be told again."""
        if self._enabled is None and not (state.microphone and state.camera and state.sound):
            self._enabled = DevicesEnabled(
                media_ns=self.host.now(), microphone=state.microphone, camera=state.camera, sound=state.sound
            )
            self.host.emit(self._enabled)

    def select_avatar(self, name: str, description: str = "") -> str:
        """Change the face, to one of that name or, without a name, to who fits the description; gives the name."""
        if name and description:
            raise InputError("name and description are both given", "description", "Give one of them")
        people = cast()
        if description:
            name = self._fitting(people, description)
        elif name not in people:
            raise InputError(f"there is no avatar {name!r}", "name", f"There are: {_list(list(people))}")
        self._select(replace(self._selected, avatar=name, presentation=people[name].presentation))
        return name

    def _fitting(self, people: Mapping[str, Attributes], description: str) -> str:
        wish = read_wish(description)
        if wish is None:
            raise InputError(
                f"{description[:80]!r} describes nobody", "description", "Say for example: a 30-year-old woman"
            )
        chosen = choose(people, wish, self.host.rng, self._selected.avatar or self.settings.avatar)
        if chosen is None:
            raise InputError(f"nobody fits {description[:80]!r}", "description", f"There are: {_list(list(people))}")
        return chosen

    def on_wish(self, wish: AvatarWish) -> None:
        """Change the face as a visitor wishes."""
        try:
            name = self.select_avatar("", wish.description)
        except InputError as error:
            self.host.diagnose(Level.WARN, f"the face stays as it is: {error}")
        else:
            self.host.diagnose(Level.OK, f"a visitor asked for {name}")

    def select_persona(self, name: str) -> None:
        """Change the character."""
        if name not in persona_names():
            raise InputError(f"there is no persona {name!r}", "name", f"There are: {_list(persona_names())}")
        self._select(replace(self._selected, persona=name))

    def _select(self, selected: Selection) -> None:
        self._selected = selected
        self._changed = True
        self._change()

    def _change(self) -> None:
        """Tell what is selected, between two turns."""
        if self._changed and not (self._state is not None and self._state.phase in (Phase.THINKING, Phase.SPEAKING)):
            self._changed = False
            self._selected = replace(self._selected, media_ns=self.host.now())
            self.host.emit(self._selected)

    # ---------------------------------------------------------------------------------------------------- records
    def on_state(self, state: TurnState) -> None:
        if self._state is None:
            self.host.at(self.host.now() + _CONNECTING_NS, self._connect)
        self._state = state
        self._recall(state)
        self._change()
        self._follow(state)
        self._interrupts = [awaited for awaited in self._interrupts if not awaited.take(state)]
        self._switches = [awaited for awaited in self._switches if not awaited.take(state)]

    def on_turn(self, turn: UserTurn) -> None:
        self._follow(turn)
        if self._state is not None and self._state.id > turn.id:
            self._follow(self._state)

    def on_plan(self, plan: SpeechPlan) -> None:
        self._plans.add(plan)
        self._follow(plan)

    def on_words(self, words: WordsHeard) -> None:
        self._follow(words)

    def on_persons(self, persons: Persons) -> None:
        self._persons = persons

    def _follow(self, record: Record) -> None:
        for chat in list(self._chats):
            chat.take(record)
        self._queue.take(record)


class _Awaited:
    """Something that shows in the state of the conversation."""

    def __init__(
        self,
        host: Host,
        condition: Callable[[TurnState], bool],
        done: Callable[[TurnState], None],
        failed: Callable[[str], None],
        patience_ns: int,
    ) -> None:
        self._condition = condition
        self._done = done
        self._failed = failed
        self._over = False
        self._timer: Handle = host.at(host.now() + patience_ns, lambda: self.fail(NO_CONVERSATION))

    def take(self, state: TurnState) -> bool:
        """Whether it is over."""
        if not self._over and self._condition(state):
            self._over = True
            self._timer.cancel()
            self._done(state)
        return self._over

    def fail(self, message: str) -> None:
        if not self._over:
            self._over = True
            self._timer.cancel()
            self._failed(message)


def _check_text(text: str) -> None:
    if not text.strip() or len(text) > MAXIMUM_TEXT:
        raise InputError(f"the text has {len(text.strip())} characters", "text", f"Send 1 to {MAXIMUM_TEXT}")


def _check_duration(seconds: float) -> None:
    if not 0.0 <= seconds <= LONGEST_REQUEST_S:
        raise InputError(f"the duration is {seconds:g} s", "duration", f"It is 0 to {LONGEST_REQUEST_S:.0f} s")


def _list(names: list[str]) -> str:
    return ", ".join(names) or "none"
