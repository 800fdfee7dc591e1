"""`visavis models`: nets of others, fetched once for use offline."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from visavis_agent.cli.options import Subparsers
from visavis_agent.core.errors import ConfigurationError

if TYPE_CHECKING:
    from visavis_agent.core.external_models import ExternalModel

_EVERY_S = 0.1
_EVERY_SHARE = 0.1


def add(commands: Subparsers) -> None:
    parser = commands.add_parser("models", help="voices and recognisers of others: what there is, and fetch one")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="what can be fetched, and what is there")
    listing.set_defaults(command=_list)
    fetching = actions.add_parser("fetch", help="fetch one; goes on where it was broken off")
    fetching.add_argument("name", help="as `visavis models list` shows it")
    fetching.add_argument("--accept-licence", action="store_true", help="do not ask, for scripts")
    fetching.set_defaults(command=_fetch)
    for action in (listing, fetching):
        action.add_argument("--manifest", type=Path, metavar="FILE", help="of your own (default: models/manifest.yaml)")


def _list(options: argparse.Namespace) -> int:
    from visavis_agent.core.external_models import external_models, state_of
    from visavis_agent.core.paths import fetched_directory

    for name, model in external_models(options.manifest).items():
        print(f"{name:24s} {state_of(name, model):15s} {model.title}\n{'':40s} {model.licence}")
    print(f"\nThey lie in {fetched_directory()}.")
    return 0


def _fetch(options: argparse.Namespace) -> int:
    from visavis_agent.core.external_models import external_models, folder_of

    models = external_models(options.manifest)
    if options.name not in models:
        raise ConfigurationError(f"there is no model {options.name!r}", "", f"Known: {', '.join(models) or 'none'}")
    model = models[options.name]
    print(f"{options.name}: {model.title}\nLicence: {model.licence}\n         {model.licence_url}")
    _agree(options.accept_licence)
    for file in model.files:
        path, warning = _fetch_file(options.name, model, file)
        print(f"There: {path}")
        if warning:
            print(f"Warning: {warning}", file=sys.stderr)
    if model.use:
        print(f"\nIn a deployment:\n\n{model.use.rstrip()}")
    else:
        print(f"\nA deployment names it {options.name!r}, or by its file in {folder_of(options.name)}.")
    return 0


def _fetch_file(name: str, model: ExternalModel, file: str) -> tuple[Path, str]:
    from visavis_agent.core.external_models import fetch

    bar = _Bar(file)
    try:
        return fetch(name, model, file, bar.show)
    finally:
        bar.end()


def _agree(accepted: bool) -> None:
    if accepted:
        return
    if not sys.stdin.isatty():
        raise ConfigurationError("the licence was not accepted", "", "Read it, then add --accept-licence")
    if input("Do you accept it? [y/N] ").strip().lower() not in ("y", "yes"):
        raise ConfigurationError("the licence was not accepted", "", "Nothing was fetched")


class _Bar:
    """Progress on stderr: a bar that is drawn over and over on a terminal, else a line for each tenth."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._terminal = sys.stderr.isatty()
        self._began = self._shown = time.monotonic()
        self._first: int | None = None
        self._share = 0.0
        self._drawn = False

    def show(self, done: int, total: int | None) -> None:
        now = time.monotonic()
        self._first = done if self._first is None else self._first
        share = done / total if total else 0.0
        whole = total is not None and done >= total
        if not whole and (now - self._shown < _EVERY_S if self._terminal else share - self._share < _EVERY_SHARE):
            return
        self._shown, self._share = now, share
        rate = max(0, done - self._first) / max(now - self._began, 1e-3)
        line = self._line(done, total, share, rate)
        if self._terminal:
            print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)
            self._drawn = True
        else:
            print(line, file=sys.stderr)

    def end(self) -> None:
        if self._drawn:
            print(file=sys.stderr)

    def _line(self, done: int, total: int | None, share: float, rate: float) -> str:
        speed = f"{rate / 1e6:.1f} MB/s"
        if not total:
            return f"{self._label}: {done / 1e6:.1f} MB, {speed}"
        left = f"{(total - done) / rate:.0f} s left" if rate else ""
        figures = f" {100 * share:3.0f} % of {total / 1e6:.1f} MB, {speed} {left if done < total else ''}".rstrip()
        room = shutil.get_terminal_size().columns - len(self._label) - len(figures) - 6
        width = min(40, room) if self._terminal else 0
        filled = round(width * share)
        bar = f" [{'#' * filled}{'.' * (width - filled)}]" if width > 4 else ""
        return f"{self._label}:{bar}{figures}"
