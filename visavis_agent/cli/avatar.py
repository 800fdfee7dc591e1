"""`visavis avatar`: make a character, look at it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from visavis_agent.cli.options import Subparsers, size
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.identity import Attributes


def add(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "avatar", help="make a character, choose one, draw a sheet of its states or a portrait"
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    make = actions.add_parser("make", help="build a character by code")
    make.add_argument("arguments", nargs=argparse.REMAINDER, help="NAME and options of the builder; --help lists them")
    make.set_defaults(command=_make)
    sheet = actions.add_parser("sheet", help="draw labelled states")
    sheet.add_argument("name", help="of the avatar, or its file")
    sheet.add_argument("--out", type=Path, default=Path("out/sheet.png"), metavar="FILE", help=".png or .jpg")
    sheet.add_argument("--size", type=int, default=288, metavar="PX", help="of one state (default: 288)")
    sheet.add_argument("--states", default="", metavar="LABEL,…", help="only these (default: all)")
    sheet.add_argument("--columns", type=int, default=8, metavar="N", help="states in a row (default: 8)")
    sheet.set_defaults(command=_sheet)
    portrait = actions.add_parser("portrait", help="draw one state, large")
    portrait.add_argument("name", help="of the avatar, or its file")
    portrait.add_argument("--state", default="wave", metavar="LABEL", help="as on the sheet (default: wave)")
    portrait.add_argument("--framing", default="", metavar="NAME", help="bust, half or face (default: the state's)")
    portrait.add_argument("--size", default="900x900", metavar="WxH", help="in pixels (default: 900x900)")
    portrait.add_argument("--out", type=Path, default=Path("out/portrait.jpg"), metavar="FILE", help=".png or .jpg")
    portrait.set_defaults(command=_portrait)
    choose = actions.add_parser("choose", help="name who fits a description: gender first, then the nearest age")
    choose.add_argument("description", help='in words: "a 30-year-old woman", "an older man", "a robot"')
    choose.add_argument("--seed", type=int, default=0, metavar="N", help="of the draw among equals (default: 0)")
    choose.set_defaults(command=_choose)


def _choose(options: argparse.Namespace) -> int:
    import numpy as np

    from visavis_agent.core.identity import choose, fitting, read_wish
    from visavis_agent.rendering.avatars import cast

    people, wish = cast(), read_wish(options.description)
    if wish is None:
        raise ConfigurationError(
            f"{options.description!r} describes nobody", "", 'Say for example "a 30-year-old woman" or "an older man"'
        )
    chosen = choose(people, wish, np.random.default_rng(abs(options.seed)))
    if chosen is None:
        known = "; ".join(f"{name}: {_words(who)}" for name, who in people.items())
        raise ConfigurationError(f"nobody fits {options.description!r}", "", f"There are {known or 'none'}")
    print(chosen)
    equals = [name for name in fitting(people, wish) if name != chosen]
    others = f"; as good: {', '.join(equals)}" if equals else ""
    print(f"{_words(people[chosen])}{others}", file=sys.stderr)
    return 0


def _words(who: Attributes) -> str:
    return f"{who.presentation} {who.kind}" + (f" of {who.age}" if who.age is not None else "")


def _make(options: argparse.Namespace) -> int:
    from visavis_agent.rendering.builder.__main__ import main as build

    return build(options.arguments)


def _sheet(options: argparse.Namespace) -> int:
    from visavis_agent.rendering.avatars import open_avatar
    from visavis_agent.rendering.sheet import chosen_states, draw_sheet, write_picture

    states = chosen_states(options.states)
    picture = draw_sheet(open_avatar(options.name), states, max(options.size, 64), max(options.columns, 1))
    write_picture(picture, options.out)
    print(f"Written: {options.out}")
    return 0


def _portrait(options: argparse.Namespace) -> int:
    from visavis_agent.rendering.avatars import open_avatar
    from visavis_agent.rendering.sheet import chosen_states, portrait, write_picture

    (state,) = chosen_states(options.state)[:1]
    write_picture(portrait(open_avatar(options.name), state, size(options.size), options.framing), options.out)
    print(f"Written: {options.out}")
    return 0
