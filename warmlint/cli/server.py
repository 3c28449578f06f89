"""`warmlint server`: the language server, for editors."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from warmlint.cli.parser import Parser
from warmlint.config import Known, SettingsTree, read_settings
from warmlint.linted import Target
from warmlint.release import parse
from warmlint.torches import Mode, Torch

_NEEDS = ("pygls", "lsprotocol")


def run_server(arguments: Sequence[str]) -> int:
    """Serve one editor until it ends the session."""
    parser = Parser(
        prog="warmlint server",
        description="Speak the Language Server Protocol over stdin and stdout, for editors.",
    )
    parser.add_argument("--stdio", action="store_true", help="accepted: there is no other way")
    parser.add_argument("--config", metavar="FILE", help="read settings from this file alone")
    parser.add_argument("--isolated", action="store_true", help="read no settings file")
    parser.add_argument(
        "--torch-python", metavar="PATH", default=os.environ.get("WARMLINT_TORCH_PYTHON") or None,
        help="the interpreter whose torch files are judged for; default: $WARMLINT_TORCH_PYTHON, or"
        " warmlint's own",
    )  # fmt: skip
    given = parser.parse(arguments)
    try:
        from warmlint.server.lsp import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _NEEDS:
            raise
        return _fail(f"the server needs pygls: `{sys.executable} -m pip install 'warmlint[server]'`")
    known = Known()

    def settings() -> SettingsTree:
        explicit = read_settings(given.config, known) if given.config else () if given.isolated else None
        return SettingsTree(known, explicit=explicit)

    settings()  # what is wrong with the command line is told now
    torch = Torch(Mode.AUTO, given.torch_python)
    found = torch.found
    if torch.fault is not None:
        return _fail(f"--torch-python: {torch.fault}")
    return serve(settings, Target(torch.release, found and parse(found.version)))


def _fail(message: str) -> int:
    print(f"warmlint: error: {message}", file=sys.stderr)
    return 2
