"""What the doctor finds, and how it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from visavis_agent.core.errors import VisavisError
from visavis_agent.core.records import Level

_MARKS = {Level.OK: "ok", Level.WARN: "missing", Level.ERROR: "FAILED"}
Check = Callable[[], "Iterable[Finding]"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was looked for.

    Attributes:
        area: group of findings ("ROS", "devices").
        name: what was looked for.
        level: OK; WARN when a feature is missing; ERROR when the agent cannot run.
        words: what was found.
        remedy: what to do about it, where that is not OK.
    """

    area: str
    name: str
    level: Level
    words: str
    remedy: str = ""


def found(area: str, name: str, words: str) -> Finding:
    return Finding(area, name, Level.OK, words)


def missing(area: str, name: str, words: str, remedy: str) -> Finding:
    return Finding(area, name, Level.WARN, words, remedy)


def failed(area: str, name: str, words: str, remedy: str) -> Finding:
    return Finding(area, name, Level.ERROR, words, remedy)


def examined(area: str, check: Check) -> list[Finding]:
    """The findings of a check; one that breaks is a finding, too."""
    out: list[Finding] = []
    try:
        out.extend(check())
    except VisavisError as error:
        where = f"{error.where}: " if error.where else ""
        out.append(failed(area, "examination", f"{where}{error.what}", error.remedy))
    except Exception as error:  # a damaged installation may raise anything, and this is who should say so
        out.append(failed(area, "examination", f"{type(error).__name__}: {error}", "Run `make env`"))
    return out


def table(findings: Sequence[Finding]) -> str:
    """The findings by area, each with its remedy below."""
    lines: list[str] = []
    width = max((len(finding.name) for finding in findings), default=0)
    for area in dict.fromkeys(finding.area for finding in findings):
        lines += ["", area]
        for finding in findings:
            if finding.area == area:
                lines.append(f"  {_MARKS[finding.level]:<8}{finding.name:<{width}}  {finding.words}".rstrip())
                if finding.remedy:
                    lines.append(f"{'':<{width + 12}}→ {finding.remedy}")
    return "\n".join(lines[1:])


def runs(findings: Iterable[Finding]) -> bool:
    """Nothing was found that keeps the agent from running."""
    return all(finding.level is not Level.ERROR for finding in findings)
