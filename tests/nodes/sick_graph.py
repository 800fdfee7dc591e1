"""A graph of stages that each are unwell in their own way, every one in a process of its own; and a page."""

from __future__ import annotations

import http.server
import os
import threading
import time
from typing import ClassVar

from tests.nodes.tiny_graph import CountSettings
from visavis_agent.core import records as r
from visavis_agent.core.clock import SECOND
from visavis_agent.core.errors import EngineError
from visavis_agent.core.graph import EVENT_QOS, Graph, Restart, StageSpec, Topic
from visavis_agent.core.stage import Stage
from visavis_agent.kiosk.page_settings import PageSettings


class Crash(Stage):
    """Takes its process down as soon as it starts."""

    settings_type = CountSettings
    handlers: ClassVar = {}

    def start(self) -> None:
        os.write(2, b"the last words\n")
        os._exit(3)


class Hang(Stage):
    """Never gives the stage thread back."""

    settings_type = CountSettings
    handlers: ClassVar = {}

    def start(self) -> None:
        self.host.at(self.host.now() + SECOND, lambda: time.sleep(3600))


class Deaf(Stage):
    """Has a device that called once."""

    settings_type = CountSettings
    handlers: ClassVar = {}

    def start(self) -> None:
        self.called_ns = self.host.now()

    def device_ns(self) -> int | None:
        return self.called_ns


class Broken(Stage):
    """Cannot start."""

    settings_type = CountSettings
    handlers: ClassVar = {}

    def start(self) -> None:
        raise EngineError("the model is missing", "broken", "Run `make env`")


class Stubborn(Stage):
    """Does not want to stop."""

    settings_type = CountSettings
    handlers: ClassVar = {}

    def stop(self) -> None:
        time.sleep(3600)


class Page(Stage):
    """Serves an empty directory."""

    settings_type = PageSettings
    handlers: ClassVar = {}

    def start(self) -> None:
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", self.settings.port), http.server.SimpleHTTPRequestHandler
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()


GRAPH = Graph(
    topics=(
        Topic(r.TextInput, "input/text", "visavis/msg/TextInput", EVENT_QOS),
        Topic(r.Diagnostic, "diagnostics", "diagnostic_msgs/msg/DiagnosticArray", EVENT_QOS),
    ),
    stages=(
        *(
            StageSpec(kind.__name__.lower(), f"tests.nodes.sick_graph:{kind.__name__}", (), (), kind.__name__.lower())
            for kind in (Crash, Hang, Deaf, Broken, Stubborn, Page)
        ),
        StageSpec("once", "tests.nodes.sick_graph:Crash", (), (), "once", restart=Restart.NEVER),
    ),
)
