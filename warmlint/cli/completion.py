"""`warmlint generate-shell-completion SHELL`: what bash, zsh and fish need to complete a command line.

The scripts are made from the declaration of the options and hold all that they offer: completing starts no
Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from warmlint.cli.main import VERBS
from warmlint.cli.parser import Parser
from warmlint.config import OPTIONS, ConfigError, Known, Option
from warmlint.config.kinds import Choice, Path, Rules, Switch
from warmlint.suggest import did_you_mean

SHELLS: Final = ("bash", "zsh", "fish")

_FILES: Final = frozenset({"config", "stdin-filename", "torch-python"})


class _Word(NamedTuple):
    """An option as a shell completes it. `takes` are the values that it offers, `files` says that it takes
    the path of a file; without either, and with `argument`, there is nothing to offer."""

    names: tuple[str, ...]
    help: str
    argument: bool = False
    takes: tuple[str, ...] = ()
    files: bool = False


def run_completion(arguments: Sequence[str]) -> int:
    """Print the completions of a shell. Raises ConfigError for one that is not known."""
    parser = Parser(
        prog="warmlint generate-shell-completion",
        description="Print what a shell needs to complete warmlint's command line.",
        epilog=_HOW,
    )
    parser.add_argument("shell", metavar="SHELL", help=", ".join(SHELLS))
    shell = parser.parse(arguments).shell
    if shell not in SHELLS:
        hint = did_you_mean(shell, SHELLS)
        raise ConfigError(f"there are completions for {', '.join(SHELLS)}, and not for `{shell}`{hint}")
    lines = {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](_words(), _verbs())
    print("\n".join(lines))
    return 0


_HOW: Final = """\
bash: warmlint generate-shell-completion bash \\
        > ~/.local/share/bash-completion/completions/warmlint
zsh:  warmlint generate-shell-completion zsh > ~/.zfunc/_warmlint
      (with `fpath+=~/.zfunc` before `compinit` in ~/.zshrc)
fish: warmlint generate-shell-completion fish \\
        > ~/.config/fish/completions/warmlint.fish
"""


def _verbs() -> dict[str, tuple[str, tuple[str, ...]]]:
    """The verbs: what each does, and what it takes first, where that can be told."""
    rules = tuple(Known())
    takes = {"rule": rules, "config": tuple(o.key for o in OPTIONS if not o.alone)}
    takes["generate-shell-completion"] = SHELLS
    return {name: (verb.help, takes.get(name, ())) for name, verb in VERBS.items()}


def _words() -> list[_Word]:
    rules = ("ALL", *Known())
    words = [_Word(("-h", "--help"), "show this")]
    for option in OPTIONS:
        if option.flag:
            words.append(_word(option, rules))
            if isinstance(option.kind, Switch) and not option.alone:
                words.append(_Word((f"--no-{option.key}",), f"not: {option.help}"))
    return words


def _word(option: Option, rules: tuple[str, ...]) -> _Word:
    names = tuple(name for name in (option.short, f"--{option.key}") if name)
    kind = option.kind
    if isinstance(kind, Switch):
        return _Word(names, option.help)
    takes = kind.words if isinstance(kind, Choice) else rules if isinstance(kind, Rules) else ()
    return _Word(names, option.help, True, takes, isinstance(kind, Path) or option.key in _FILES)


# --- bash ----------------------------------------------------------------------------------------


def _bash(words: Iterable[_Word], verbs: Mapping[str, tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    words = list(words)
    yield "_warmlint() {"
    yield '    local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"'
    # bash takes `--key=value` for three words.
    yield '    if [[ $word == "=" ]]; then word=""; fi'
    yield '    if [[ $before == "=" ]]; then before="${COMP_WORDS[COMP_CWORD-2]}"; fi'
    yield '    local first="${COMP_WORDS[1]}"'
    yield "    COMPREPLY=()"
    yield '    case "$before" in'
    for word in words:
        if word.argument:
            yield f"        {'|'.join(word.names)}) {_bash_offer(word.takes, word.files)}; return ;;"
    yield "    esac"
    yield "    if ((COMP_CWORD > 1)); then"
    yield '        case "$first" in'
    for name, (_, takes) in verbs.items():
        yield f"            {name}) {_bash_offer(takes, name == 'curve')}; return ;;"
    yield "        esac"
    yield "    fi"
    every = " ".join(name for word in words for name in word.names)
    yield "    if [[ $word == -* ]]; then"
    yield f'        COMPREPLY=($(compgen -W "{every}" -- "$word"))'
    yield "    else"
    yield '        COMPREPLY=($(compgen -f -- "$word"))'
    yield "        if ((COMP_CWORD == 1)); then"
    yield f'            COMPREPLY+=($(compgen -W "{" ".join(["check", *verbs])}" -- "$word"))'
    yield "        fi"
    yield "    fi"
    yield "}"
    yield "complete -o filenames -F _warmlint warmlint"


def _bash_offer(takes: Sequence[str], files: bool) -> str:
    if takes:
        return f'COMPREPLY=($(compgen -W "{" ".join(takes)}" -- "$word"))'
    return 'COMPREPLY=($(compgen -f -- "$word"))' if files else ":"


# --- zsh -----------------------------------------------------------------------------------------


def _zsh(words: Iterable[_Word], verbs: Mapping[str, tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    yield "#compdef warmlint"
    yield ""
    yield "_warmlint() {"
    yield "    if ((CURRENT > 2)); then"
    yield '        case "${words[2]}" in'
    for name, (_, takes) in verbs.items():
        offer = f"compadd -- {' '.join(takes)}" if takes else "_files"
        yield f"            {name}) {offer}; return ;;"
    yield "        esac"
    yield "    fi"
    yield "    local -a verbs"
    yield "    verbs=("
    for name, (told, _) in {"check": ("lint, as without a verb", ()), **verbs}.items():
        yield f"        {_quoted(name + ':' + told)}"
    yield "    )"
    yield "    _arguments -s -S \\"
    for word in words:
        for name in word.names:
            yield f"        {_quoted(_zsh_spec(name, word))} \\"
    yield "        '*:path:_warmlint_paths'"
    yield "}"
    yield ""
    yield "_warmlint_paths() {"
    yield "    ((CURRENT == 2)) && _describe verb verbs"
    yield "    _files"
    yield "}"
    yield ""
    # As a file of `fpath` it is called by name; sourced, it is to be made known.
    yield 'if [[ $funcstack[1] == _warmlint ]]; then _warmlint "$@"; else compdef _warmlint warmlint; fi'


def _zsh_spec(name: str, word: _Word) -> str:
    told = "".join(f"\\{each}" if each in "[]:\\" else each for each in word.help)
    spec = f"*{name}{'=' * (word.argument and name.startswith('--'))}[{told}]"
    if not word.argument:
        return spec
    offer = f"({' '.join(word.takes)})" if word.takes else "_files" if word.files else " "
    return f"{spec}:value:{offer}"


# --- fish ----------------------------------------------------------------------------------------


def _fish(words: Iterable[_Word], verbs: Mapping[str, tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    every = {"check": ("lint, as without a verb", ()), **verbs}
    others = " ".join(name for name in verbs)
    yield "complete -c warmlint -e"
    for name, (told, takes) in every.items():
        yield f"complete -c warmlint -n __fish_use_subcommand -a {name} -d {_quoted(told)}"
        if takes:
            offered = _quoted(" ".join(takes))
            yield f"complete -c warmlint -n '__fish_seen_subcommand_from {name}' -f -a {offered}"
    for word in words:
        parts = [f"complete -c warmlint -n 'not __fish_seen_subcommand_from {others}'"]
        parts += [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in word.names]
        if word.argument:
            parts.append("-r -F" if word.files else "-x")
        if word.takes:
            parts.append(f"-a {_quoted(' '.join(word.takes))}")
        yield f"{' '.join(parts)} -d {_quoted(word.help)}"


def _quoted(text: str) -> str:
    """Text in single quotes, as all three shells read it; none of ours holds a backslash."""
    return "'" + text.replace("'", "’") + "'"
