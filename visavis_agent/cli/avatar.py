"""`visavis avatar`: make a character, look at it."""

from __future__ import annotations

import argparse
from pathlib import Path

from visavis_agent.cli.options import Subparsers


def add(commands: Subparsers) -> None:
    parser = commands.add_parser("avatar", help="make a character, or draw a sheet of its states")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    make = actions.add_parser("make", help="build a character by code")
    make.add_argument("arguments", nargs=argparse.REMAINDER, help="NAME and options of the builder; --help lists them")
    make.set_defaults(command=_make)
    sheet = actions.add_parser("sheet", help="draw labelled states")
    sheet.add_argument("name", help="of the avatar, or its file")
    sheet.add_argument("--out", type=Path, default=Path("out/sheet.png"), metavar="FILE")
    sheet.add_argument("--size", type=int, default=288, metavar="PX", help="of one state (default: 288)")
    sheet.set_defaults(command=_sheet)


def _make(options: argparse.Namespace) -> int:
    from visavis_agent.rendering.builder.__main__ import main as build

    return build(options.arguments)


def _sheet(options: argparse.Namespace) -> int:
    from visavis_agent.rendering.avatars import open_avatar
    from visavis_agent.rendering.sheet import write_sheet

    write_sheet(open_avatar(options.name), options.out, options.size)
    print(f"Written: {options.out}")
    return 0
