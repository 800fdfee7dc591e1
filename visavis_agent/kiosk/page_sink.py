"""The page as a loudspeaker: an AudioSink whose sound is made by a browser and whose clock is what the browser reports.

The sound of a reply goes to the page in runs. A run begins at a sample of the reply at an announced time, so that the
mouth can open before it; a hold, a flush or a page that comes later ends it, and the next one has a higher number.
Whatever a page says of an older run is old. Without a page the sink goes on by the machine's clock: a page that
vanishes costs the sound, not the conversation.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from visavis_agent.core.clock import MS, SECOND, sample_index, sample_time
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Lane, PlaybackStatus, SinkState, SpeechAudio
from visavis_agent.kiosk.wire import END, Kind, packed
from visavis_agent.speech.player import Player

CAPACITY_S = 2.0
_KEPT_S = 10.0  # before the position: a hold goes back to a word boundary
_MARGIN_NS = 25 * MS  # from the message to the page's sound, besides the page's own latency
_LONGEST_LEAD_NS = 500 * MS
_JUMP_NS = 15 * MS  # a report this far off is a jump (a late start, a gap), below it is noise
_FOLLOWED = 0.1  # share of the noise that is followed; a sound card drifts by some 50 ppm
_FARTHEST_NS = 2 * SECOND


class PageLink(Protocol):
    """Where the sink's messages go; any thread may call it."""

    def send_json(self, message: dict[str, Any]) -> None: ...

    def send_bytes(self, data: bytes) -> None: ...


class PageSink:
    """Implements AudioSink (core/ports.py). All methods may be called from any thread and never block.

    Args:
        now: CLOCK_MONOTONIC, ns.
        lead_ns: from the decision to play to the first sample, at least; a page of longer latency gets what it needs.
    """

    def __init__(self, now: Callable[[], int], lead_ns: int = 60 * MS) -> None:
        self._now = now
        self._lead_ns = lead_ns
        self._latency_ns = 0
        self._picture_delay_ns = 0
        self._lock = threading.Lock()
        self._page: PageLink | None = None
        self._muted = False
        self._player: Player | None = None
        self._key = (ReplyId(), Lane.REPLY)
        self._pieces: deque[SpeechAudio] = deque()
        self._run = 0
        self._reported = False
        self._first = 0
        self._origin_ns = 0

    @property
    def available(self) -> bool:
        """A page is there which can sound now."""
        return self._page is not None

    @property
    def _link(self) -> PageLink | None:
        """Where the sound goes; None while there is no page or it must be silent."""
        return None if self._muted else self._page

    def mute(self, muted: bool) -> None:
        """Be silent from now on, or sound again in the middle of the reply; its time goes on."""
        with self._lock:
            if muted and self._link is not None:
                self._end_run()
            self._muted = muted
            if not muted:
                self._go_on()

    # -------------------------------------------------------------------------------------------- AudioSink
    def write(self, audio: SpeechAudio) -> bool:
        """Queue a piece; False while another stream plays or two seconds are waiting."""
        with self._lock:
            self._advance()
            player, key = self._player, (audio.id, audio.lane)
            fresh = player is None or player.state in (SinkState.FINISHED, SinkState.FLUSHED)
            if player is None or fresh:
                player = self._player = Player(audio.sample_rate, audio.first_sample)
                self._key = key
                self._pieces.clear()
            elif key != self._key or player.waiting > CAPACITY_S * player.sample_rate:
                return False
            begins = fresh or player.starved
            player.append(audio)
            self._keep(audio, player)
            if begins:
                self._begin(player, self._now() + self._lead())
            elif player.state is SinkState.PLAYING:
                self._send_piece(audio)
            return True

    def hold(self) -> None:
        """Fade out within 20 ms and freeze."""
        with self._lock:
            self._advance()
            if self._player is not None and self._player.state is SinkState.PLAYING:
                self._player.hold()
                self._end_run()

    def resume(self) -> None:
        """Go on at the last word boundary before the hold."""
        with self._lock:
            player = self._player
            if player is not None and player.state is SinkState.HELD:
                player.resume()
                self._begin(player, self._now() + self._lead())

    def flush(self) -> None:
        """Drop everything, fading out within 20 ms if it is audible."""
        with self._lock:
            self._advance()
            if self._player is not None:
                self._player.flush()
                self._pieces.clear()
                self._end_run()

    def status(self) -> PlaybackStatus:
        """Where the sound is; before its first sample `media_ns` is in the future."""
        with self._lock:
            self._advance()
            player, now = self._player, self._now()
            if player is None:
                return self._status(now, SinkState.IDLE, 0, 16_000)
            at = now
            if player.state is SinkState.PLAYING and not player.starved:
                at = self._origin_ns + _signed_time(player.position - self._first, player.sample_rate)
            return self._status(at, player.state, player.position, player.sample_rate, player.starved)

    # ------------------------------------------------------------------------------------- for the server
    def attach(self, link: PageLink) -> None:
        """Sound comes out of this page from now on; a reply in progress goes on there."""
        with self._lock:
            self._page = link
            self._go_on()

    def detach(self) -> None:
        """No page sounds any more."""
        with self._lock:
            self._end_run()
            self._page = None
            self._latency_ns = self._picture_delay_ns = 0

    def set_latency(self, latency_ns: int) -> None:
        """From a sample's computation in the page to the loudspeaker."""
        self._latency_ns = max(0, min(latency_ns, _LONGEST_LEAD_NS))

    def set_picture_delay(self, delay_ns: int) -> None:
        """From when a picture is due to when the page shows it."""
        self._picture_delay_ns = max(0, min(delay_ns, _LONGEST_LEAD_NS))

    def report(self, run: int, sample: float, mono_ns: int) -> None:
        """The page's word: `sample` of the run leaves the loudspeaker at `mono_ns`. Old and absurd ones are ignored."""
        with self._lock:
            player = self._player
            if run != self._run or player is None or abs(mono_ns - self._now()) > _FARTHEST_NS:
                return
            expected = self._origin_ns + round((sample - self._first) * SECOND / player.sample_rate)
            error = mono_ns - expected
            if abs(error) > _FARTHEST_NS:
                return
            whole = not self._reported or abs(error) > _JUMP_NS
            self._reported = True
            self._origin_ns += error if whole else round(_FOLLOWED * error)

    # ----------------------------------------------------------------------------------------------- inside
    def _go_on(self) -> None:
        """Sound from the middle of the reply that is in progress."""
        self._advance()
        player = self._player
        if player is not None and player.state is SinkState.PLAYING and not player.starved:
            lead = self._lead()
            start = player.position + sample_index(lead, player.sample_rate)
            self._begin(player, self._now() + lead, start)

    def _lead(self) -> int:
        return min(_LONGEST_LEAD_NS, max(self._lead_ns, self._latency_ns + _MARGIN_NS))

    def _begin(self, player: Player, at_ns: int, sample: int | None = None) -> None:
        """A new run from `sample` (the player's position) at `at_ns`, with all the sound there is."""
        first = player.position if sample is None else sample
        self._run = (self._run + 1) & 0xFFFFFFFF
        self._reported = False
        self._first, self._origin_ns = first, at_ns
        if self._link is None:
            return
        self._link.send_json(
            {
                "type": "start",
                "run": self._run,
                "sample": first,
                "rate": player.sample_rate,
                "mono_ms": at_ns / MS,
            }
        )
        for piece in self._pieces:
            if piece.last or piece.first_sample + len(piece.pcm) > first:
                self._send_piece(piece)

    def _send_piece(self, piece: SpeechAudio) -> None:
        if self._link is not None:
            pcm = piece.pcm.astype("<i2").tobytes()
            self._link.send_bytes(packed(Kind.PCM, self._run, piece.first_sample, pcm, END if piece.last else 0))

    def _end_run(self) -> None:
        if self._link is not None:
            self._link.send_json({"type": "stop", "run": self._run})

    def _keep(self, audio: SpeechAudio, player: Player) -> None:
        self._pieces.append(audio)
        oldest = player.position - _KEPT_S * player.sample_rate
        while self._pieces[0].first_sample + len(self._pieces[0].pcm) < oldest:
            self._pieces.popleft()

    def _advance(self) -> None:
        """Let the player's position follow the clock: every sample that starts before now was heard."""
        player = self._player
        if player is None or player.state is not SinkState.PLAYING:
            return
        elapsed = self._now() - self._origin_ns
        if elapsed > 0:
            player.pull(self._first + sample_index(elapsed, player.sample_rate) - player.position)

    def _status(self, media_ns: int, state: SinkState, sample: int, rate: int, starved: bool = False) -> PlaybackStatus:
        return PlaybackStatus(
            media_ns=media_ns,
            id=self._key[0],
            lane=self._key[1],
            state=state,
            sample=sample,
            sample_rate=rate,
            starved=starved,
            picture_delay_ns=self._picture_delay_ns,
        )


def _signed_time(samples: int, rate: int) -> int:
    """Time of a distance in samples, which may be negative."""
    return sample_time(samples, rate) if samples >= 0 else -sample_time(-samples, rate)
