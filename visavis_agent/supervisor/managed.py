"""One process of the graph table over all its lives."""

from __future__ import annotations

import time
from collections.abc import Callable

from visavis_agent.core.graph import Restart
from visavis_agent.supervisor.beats import Beat, Patience, complaint, parse_beat
from visavis_agent.supervisor.child import Child, cause
from visavis_agent.supervisor.plans import Plan
from visavis_agent.supervisor.restarts import Restarts

Say = Callable[[str, str], None]
"""Takes the name of a process and a line about it."""
_TELLING = 15
_LONGEST_LINE = 200
_AT_ONCE = 4
_SHOWN = ("WARN", "ERROR")


class Managed:
    """Starts a process, reads its heartbeats, says how it is, and decides what comes after its death.

    Args:
        plan: which process.
        start: starts it.
        say: prints a line.
        patience: what it may take its time for.
        verbose: say everything that it writes, too.
    """

    def __init__(self, plan: Plan, start: Callable[[Plan], Child], say: Say, patience: Patience, verbose: bool) -> None:
        self.plan = plan
        self.child: Child | None = None
        self._start = start
        self._say = say
        self._patience = patience
        self._verbose = verbose
        self._restarts = Restarts()
        self._due_s: float | None = time.monotonic()
        self._born_s = 0.0
        self._up_s: float | None = None
        self._died_s: float | None = None
        self._heard_s = 0.0
        self._beat: Beat | None = None
        self._state = ""
        self._reason = ""

    @property
    def due_s(self) -> float | None:
        """When it is to be started (monotonic); None when it runs or stays down."""
        return self._due_s

    @property
    def over(self) -> bool:
        """It does not run and will not be started."""
        return self.child is None and self._due_s is None

    def start(self) -> None:
        """Start it now."""
        self._due_s, self._beat, self._up_s, self._reason = None, None, None, ""
        self._born_s = self._heard_s = time.monotonic()
        try:
            self.child = self._start(self.plan)
        except OSError as error:  # no memory, too many processes or files
            self._died_s = self._died_s or self._born_s
            self._decide(f"cannot be started ({error.strerror})", self._born_s)
        else:
            self._tell("starts")

    def end(self) -> None:
        """Ask it to end, and do not start it again."""
        self._due_s = None
        if self.child is not None:
            self.child.ask_to_end()

    # ------------------------------------------------------------------------------------------- while it lives
    def beat(self) -> bool:
        """Read its heartbeats; False when there will be no more."""
        lines = self._living().beats.read()
        for line in lines or ():
            beat = parse_beat(line)
            if beat is not None:
                self._beat, self._heard_s = beat, time.monotonic()
                self._report(beat)
        return lines is not None

    def listen(self) -> bool:
        """Read what it writes; False when there will be no more."""
        words = self._living().hear()
        if self._verbose:
            for line in words or ():
                self._say(self.plan.name, f"| {line}")
        return words is not None

    def judge(self) -> None:
        """Kill it if it hangs."""
        now = time.monotonic()
        reason = complaint(self._beat, now - self._heard_s, now - self._born_s, self._patience)
        if reason and not self._reason and self.child is not None:
            self._reason = f"{reason} and was killed"
            self.child.kill()

    def _living(self) -> Child:
        if self.child is None:
            raise RuntimeError(f"{self.plan.name} does not run")
        return self.child

    def _report(self, beat: Beat) -> None:
        self._warn(beat)
        failed = [stage for stage, condition in beat.stages.items() if condition == "failed"]
        active = [stage for stage, condition in beat.stages.items() if condition == "active"]
        idle = [stage for stage, c in beat.stages.items() if c in ("unconfigured", "inactive", "finalized")]
        if beat.starting:
            return
        if self._up_s is None:
            self._up_s = time.monotonic()
        words = [f"runs {', '.join(active)}"] if active else []
        words += [f"failed: {', '.join(failed)}"] if failed else []
        words += [f"waiting for a lifecycle manager: {', '.join(idle)}"] if idle else []
        self._tell("; ".join(words))

    def _warn(self, beat: Beat) -> None:
        """Say its warnings and errors; when everything that it writes is shown, they are among that."""
        found = [f"{stage}: {level}: {text}" for stage, level, text in beat.said if level in _SHOWN]
        if found and not self._verbose:
            for line in found[:_AT_ONCE]:
                self._say(self.plan.name, line)
            if len(found) > _AT_ONCE:
                self._say(self.plan.name, f"and {len(found) - _AT_ONCE} more; --verbose shows them")

    def _tell(self, state: str) -> None:
        if state == self._state:
            return
        self._state, back = state, ""
        if self._died_s is not None and state.startswith("runs"):
            back, self._died_s = f" (back after {time.monotonic() - self._died_s:.1f} s)", None
        self._say(self.plan.name, state + back)

    # --------------------------------------------------------------------------------------------- when it dies
    def buried(self, stopping: bool) -> bool:
        """Whether it has died; then everything that belonged to it is gone and its next start is decided."""
        status = None if self.child is None else self.child.ended()
        if self.child is None or status is None:
            return False
        child, self.child = self.child, None
        child.bury()
        if stopping:
            self._tell(cause(status) if status else "ended")
            return True
        now = time.monotonic()
        self._died_s = now
        if status > 0 or (status < 0 and not self._reason and cause(status).split()[-1] != "SIGKILL"):
            for line in list(child.tail)[-_TELLING:]:
                self._say(self.plan.name, f"| {line[:_LONGEST_LINE]}")
        self._decide(self._reason or cause(status), now)
        return True

    def _decide(self, reason: str, now: float) -> None:
        if self.plan.restart is Restart.NEVER:
            self._tell(f"{reason}; it stays down")
            return
        decision = self._restarts.died(now, 0.0 if self._up_s is None else now - self._up_s)
        self._due_s = now + decision.delay_s
        if decision.crashes:
            self._tell(f"{reason}; it died {decision.crashes} times in a row: paused for {decision.delay_s:.0f} s")
        elif decision.delay_s:
            self._tell(f"{reason}; starts again in {decision.delay_s:.1f} s")
        else:
            self._tell(f"{reason}; starts again now")
