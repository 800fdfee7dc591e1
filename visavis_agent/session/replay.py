"""The recorded inputs of a bag once more through the graph."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from visavis_agent.bags import BagEntry, BagReader, Difference, compare
from visavis_agent.core.errors import FormatError
from visavis_agent.core.records import CameraImage, Record
from visavis_agent.deployment import Deployment
from visavis_agent.session.converse import avatar_sum
from visavis_agent.session.loop import Session, external_inputs
from visavis_agent.session.recording import Recording

_GIVEN_ABOVE = {"dialogue": "persona", "rendering": "avatar"}


@dataclass(frozen=True)
class Replayed:
    """How a replay went.

    Attributes:
        outputs: number of recorded records that the stages made.
        differences: where the replay made something else.
        notes: what is known to differ from the recording's surroundings, in words.
    """

    outputs: int
    notes: tuple[str, ...]
    differences: tuple[Difference, ...]


def replay(path: Path) -> Replayed:
    """Run the inputs of the bag at `path` through the graph and compare everything that comes out, bit by bit.

    Raises:
        InputError, FormatError: no bag, a damaged one, or one that was not made by visavis.
        ConfigurationError, EngineError: the persona, avatar or an engine of the recording is not here.
    """
    kinds = external_inputs()
    inputs: list[tuple[Record, int]] = []
    recorded: list[BagEntry] = []
    end_ns = 0
    with BagReader(path) as bag:
        described = bag.description()
        for entry in bag.entries():
            end_ns = max(end_ns, entry.at_ns)
            if isinstance(entry.record, kinds):
                inputs.append((entry.record, entry.at_ns))
            if not isinstance(entry.record, CameraImage):
                recorded.append(entry)
    deployment = recorded_deployment(described, path)
    settings = dict(deployment.settings)
    if not described.get("drawn", True):
        settings.pop("rendering", None)
    recording = Recording()
    given = [kind for kind in kinds if kind.__name__ in described.get("inputs", ())]
    with Session(settings, deployment.seed, recording.tap, given) as session:
        for record, at_ns in inputs:
            session.outside(at_ns, _sender(session, record))
        session.run(lambda: end_ns)
    outputs = sum(not isinstance(entry.record, kinds) for entry in recorded)
    return Replayed(outputs, _surroundings(described, deployment), tuple(compare(recorded, recording.entries)))


def _sender(session: Session, record: Record) -> Any:
    return lambda: session.send(record)


def _surroundings(described: dict[str, Any], deployment: Deployment) -> tuple[str, ...]:
    notes = []
    here = version("visavis-agent")
    if described.get("version") != here:
        notes.append(f"recorded by version {described.get('version')}, this is {here}")
    if described.get("avatar_sha256") and described["avatar_sha256"] != avatar_sum(deployment.avatar):
        notes.append(f"the avatar {deployment.avatar} is another one than when it was recorded")
    return tuple(notes)


def recorded_deployment(described: dict[str, Any], path: Path) -> Deployment:
    """The agent that was recorded, from the bag's description.

    Raises:
        FormatError: the description does not say it.
    """
    try:
        settings = {
            stage: {name: value for name, value in values.items() if name != _GIVEN_ABOVE.get(stage)}
            for stage, values in described["settings"].items()
        }
        persona, avatar, seed = described["persona"], described["avatar"], described["seed"]
    except (KeyError, AttributeError, TypeError):
        raise FormatError("the bag does not say how its agent was set up", str(path), "Record it again") from None
    return Deployment.read(None, settings, persona=persona, avatar=avatar, seed=seed)
