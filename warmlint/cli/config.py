"""`warmlint config [KEY]` and `warmlint schema`: what settings files may say, for people and for editors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from warmlint.cli.parser import Parser
from warmlint.config import ConfigError, Known, Option
from warmlint.config.options import ELSEWHERE, IN_FILES
from warmlint.config.schema import schema
from warmlint.config.show import toml
from warmlint.suggest import did_you_mean


def run_config(arguments: Sequence[str]) -> int:
    """Say what one setting does, or list all. Raises ConfigError for a key that there is not."""
    parser = Parser(
        prog="warmlint config", description="Show what a setting does, or list all that can be set."
    )
    parser.add_argument("key", nargs="?", metavar="KEY", help="a key of `[tool.warmlint]`")
    key = parser.parse(arguments).key
    if key is None:
        for option in IN_FILES.values():
            print(f"{option.key:<26}{option.help}")
        return 0
    wanted = IN_FILES.get(key)
    if wanted is None:
        ours = f"; did you mean `{ELSEWHERE[key]}`?" if key in ELSEWHERE else did_you_mean(key, IN_FILES)
        raise ConfigError(f"there is no setting `{key}`{ours}")
    for line in _page(wanted):
        print(line)
    return 0


def run_schema(arguments: Sequence[str]) -> int:
    """Print the schema."""
    Parser(prog="warmlint schema", description="Print the JSON schema of the settings.").parse(arguments)
    print(json.dumps(schema(Known()), indent=2))
    return 0


def _page(option: Option) -> Iterator[str]:
    yield f"{option.key}: {option.help}"
    yield ""
    default = option.default
    said = "nothing" if default is None or default == () else toml(option.kind.write(default))
    yield f"default: {said}"
    told = option.kind.schema({})
    if "enum" in told:
        yield f"one of: {', '.join(told['enum'])}"
    elif "type" in told:
        yield f"type: {told['type']}"
    if option.flag:
        yield f"command line: --{option.key}"
