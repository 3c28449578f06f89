"""`warmlint rule --new CODE NAME`: a rule and its fixtures, to be filled in."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Final

from warmlint.config import ConfigError
from warmlint.rule import CODE, NAME, all_rules

_RULE: Final = Template('''\
"""The factor is 0.375 from the first tick to the last.

## What it does
TODO: say what it finds. The line above is its summary. All that is marked TODO is a stand-in that works: it
finds a schedule whose factor is 0.375 at every tick.

## Why is this bad?
TODO: say what it costs, in updates and LRs.

## Example
```python
from torch.optim.lr_scheduler import LambdaLR


def train(batches, optimizer):
    scheduler = LambdaLR(optimizer, lambda step: 0.375)
    for batch in batches:
        optimizer.step()
        scheduler.step()
```

## Use instead
```python
from torch.optim.lr_scheduler import LambdaLR


def train(batches, optimizer):
    scheduler = LambdaLR(optimizer, lambda step: 1.0)
    for batch in batches:
        optimizer.step()
        scheduler.step()
```

## Fix safety
There is no fix. TODO: where the code tells what was meant, propose `edits`, and the `promise` that they keep.

## What it cannot see
TODO: name the right code that looks like this, and how it is told apart.
"""

from collections.abc import Iterator

from warmlint.finding import Severity
from warmlint.rule import rule
from warmlint.site import Judgement, Site


@rule("$code", "$name")
def check(site: Site) -> Iterator[Judgement]:
    """At every tick, the factor is 0.375."""
    f, t = site.f, site.t
    verdict = site.holds(f(t).equals(0.375))
    if not verdict:
        return
    yield site.finding(
        at=site.place(site.branch_at(0)),
        verdict=verdict,
        severity=Severity.WARNING,
        message=f"the factor is {site.words.factor(0)} at every {site.unit}",
        suggestion="TODO: say what to write instead",
    )
''')

_FIXTURE: Final = Template('''\
"""$doc"""

import torch
from torch.optim.lr_scheduler import LambdaLR

model = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = LambdaLR(optimizer, lambda step: $factor)$marker
for _ in range(8):
    optimizer.zero_grad()
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    scheduler.step()
''')


def new_rule(code: str, name: str, folder: Path) -> str:
    """Write a rule and its fixtures, in a checkout of warmlint or where a plugin is made; what comes back
    says what was written, and what to do next. Raises ConfigError where that cannot be or would overwrite."""
    _require_free(code, name)
    stem = name.replace("-", "_")
    own = (folder / "rules" / "__init__.py").is_file() and (folder / "warmlint" / "rule.py").is_file()
    fixtures = Path("fixtures", f"{code.lower()}_{stem}")
    bad = _FIXTURE.substitute(
        doc="TODO: the bug, as a small program that runs.", factor="0.375", marker=f"  # expect: {code}"
    )
    good = _FIXTURE.substitute(doc="TODO: right code that looks like the bug.", factor="1.0", marker="")
    texts = {
        Path("rules" if own else "", f"{stem}.py"): _RULE.substitute(code=code, name=name),
        fixtures / "bad_example.py": bad,
        fixtures / "good_example.py": good,
    }
    for path in texts:
        if (folder / path).exists():
            raise ConfigError(f"`{path}` is there already; nothing was written")
    try:
        for path, text in texts.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            with open(folder / path, "x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    except OSError as error:
        raise ConfigError(f"`{path}` cannot be written: {(error.strerror or str(error)).lower()}") from error
    steps = _in_checkout(code, fixtures) if own else _in_plugin(code, name, _module(folder, stem), fixtures)
    return "".join(f"wrote {path.as_posix()}\n" for path in texts) + "\n" + steps


def _require_free(code: str, name: str) -> None:
    if not CODE.fullmatch(code):
        raise ConfigError(f"`{code}` is no code: `LR` and three digits, such as `LR950`")
    if not NAME.fullmatch(name):
        raise ConfigError(f"`{name}` is no name: lower-case words joined by hyphens, such as `my-rule`")
    for rule in all_rules():
        if code == rule.code or name == rule.name:
            whose = f" of {rule.distribution}" if rule.distribution else ""
            raise ConfigError(f"{code} {name} is taken by {rule.code} {rule.name}{whose}")


def _module(folder: Path, stem: str) -> str:
    """The name by which a module in `folder` is imported."""
    parts = [stem]
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts)


def _in_checkout(code: str, fixtures: Path) -> str:
    return f"""\
It works as it is: it finds a stand-in. Next:
  1. replace what is marked TODO; CONTRIBUTING.md tells how rules are written
  2. warmlint --select {code} {fixtures.as_posix()}
  3. python docs/fixed.py {fixtures.as_posix()} && python docs/readme.py
  4. pytest -k "{code} or {fixtures.name}"; a line in CHANGELOG.md
"""


def _in_plugin(code: str, name: str, module: str, fixtures: Path) -> str:
    return f"""\
It works as it is: it finds a stand-in. Next:
  1. name it in pyproject.toml, and have it packaged:
       [project.entry-points."warmlint.rules"]
       {name} = "{module}"
  2. pip install -e . beside warmlint; `warmlint rule {code}` shows its page
  3. warmlint --select {code} {fixtures.as_posix()}
  4. replace what is marked TODO
"""
