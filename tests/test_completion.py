"""Completions, asked of the real shells."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.command_line import warmlint
from warmlint.cli.completion import SHELLS
from warmlint.config import OPTIONS

CASES = {
    "warmlint --output-f": {"--output-format", "--output-file"},
    "warmlint --no-unsafe": {"--no-unsafe-fixes"},
    "warmlint --fail-on ": {"note", "warning", "error", "never"},
    "warmlint --output-format j": {"json", "json-lines", "junit"},
    "warmlint --select uncapped": {"uncapped-warmup"},
    "warmlint --fix --ignore LR10": {f"LR10{number}" for number in range(1, 10)},
    "warmlint cur": {"curve"},
    "warmlint rule zero": {"zero-first-update"},
    "warmlint config extend-s": {"extend-select"},
    "warmlint generate-shell-completion f": {"fish"},
    "warmlint tra": {"train.py"},
    "warmlint --baseline kn": {"known.json"},
}


def needs(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scripts")
    (folder / "here").mkdir()
    for name in ("train.py", "known.json"):
        (folder / "here" / name).touch()
    for shell in SHELLS:
        run = warmlint("generate-shell-completion", shell, cwd=folder)
        assert (run.returncode, run.errors) == (0, "")
        (folder / f"{shell}.sh").write_text(run.out)
    return folder


@pytest.mark.parametrize("shell", SHELLS)
def test_every_option_is_in_the_script(scripts: Path, shell: str):
    text = (scripts / f"{shell}.sh").read_text()
    for option in OPTIONS:
        if option.flag:
            assert (f"-l {option.key} " if shell == "fish" else f"--{option.key}") in text


def test_bash_completes(scripts: Path):
    needs("bash")
    program = f"source {scripts}/bash.sh\n"
    for line in CASES:
        words = line.split(" ")
        program += f"COMP_WORDS=({' '.join(map(repr, words))}); COMP_CWORD={len(words) - 1}; _warmlint\n"
        program += 'echo "${COMPREPLY[@]}"\n'
    run = subprocess.run(
        ["bash", "--norc", "-c", program], cwd=scripts / "here", capture_output=True, text=True, check=True
    )
    assert run.stderr == ""
    offered = [set(line.split()) for line in run.stdout.split("\n")]
    assert dict(zip(CASES, offered, strict=False)) == CASES


def test_bash_completes_behind_an_equals_sign(scripts: Path):
    needs("bash")
    program = f"source {scripts}/bash.sh\n"
    for words in (["warmlint", "--torch", "=", "f"], ["warmlint", "--torch", "="]):
        program += f"COMP_WORDS=({' '.join(map(repr, words))}); COMP_CWORD={len(words) - 1}; _warmlint\n"
        program += 'echo "${COMPREPLY[@]}"\n'
    run = subprocess.run(["bash", "--norc", "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "full\nauto full off\n"


def test_fish_completes(scripts: Path, tmp_path: Path):
    needs("fish")
    program = f"source {scripts}/fish.sh\n"
    for line in CASES:
        program += f"complete -C '{line}' | string split -f1 \\t | string join ' '\necho ---\n"
    run = subprocess.run(
        ["fish", "--no-config", "-c", program],
        cwd=scripts / "here",
        env={**os.environ, "HOME": str(tmp_path), "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stderr == ""
    offered = [set(part.split()) for part in run.stdout.split("---\n")]
    assert dict(zip(CASES, offered, strict=False)) == CASES


def test_zsh_completes(scripts: Path, tmp_path: Path):
    needs("zsh")
    shell = Zsh(scripts / "here", tmp_path)
    try:
        # What is inserted where there is one, the list where there are several.
        shell.send(
            "autoload -Uz compinit && compinit -u -D; setopt no_beep; zstyle ':completion:*' menu no\n"
        )
        shell.send(f"source {scripts}/zsh.sh; PROMPT='rea''dy> '\n")
        shell.wait_for("ready> ")
        for line, offered in CASES.items():
            shell.send(f"{line}\t" if len(offered) == 1 else f"{line}\t\t")
            for word in offered:
                shell.wait_for(word)
            shell.clear()
    finally:
        shell.close()


class Zsh:
    """An interactive zsh on a terminal of its own."""

    def __init__(self, folder: Path, home: Path) -> None:
        master, slave = os.openpty()
        self._terminal = master
        self._process = subprocess.Popen(
            ["zsh", "-f", "-i"],
            cwd=folder,
            env={**os.environ, "HOME": str(home), "TERM": "dumb", "COLUMNS": "200", "LINES": "200"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self._read = ""

    def send(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + 60
        while text not in self._read:
            ready, _, _ = select.select([self._terminal], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"no {text!r} in {self._read!r}"
            self._read += os.read(self._terminal, 65536).decode("utf-8", "replace")

    def clear(self) -> None:
        """Take back what is typed, and forget what was read."""
        self.send("\x15")
        self.send("cleared")
        self.wait_for("cleared")
        self.send("\x15")
        self._read = ""

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._terminal)
