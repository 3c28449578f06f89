"""The torch witness: what torch answers, and what no message, file or torch-less machine can do to it."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.schedules import draw
from warmlint.expr import Node, Op, Scalar, Symbol, SymbolKind, const, node, ref, unknown
from warmlint.functions import FUNCTIONS
from warmlint.limits import (
    MAX_DEPTH,
    MAX_INTEGER_BITS,
    MAX_LINE,
    MAX_NODES,
    MAX_RATES,
    MAX_SEQUENCE,
    MAX_TEXT,
)
from warmlint.recipe import Recipe
from warmlint.schedule.evaluate import FailureKind, outcome
from warmlint.witness import engine
from warmlint.witness.agreement import Disagreement, agree, disagreements
from warmlint.witness.find import installed
from warmlint.witness.protocol import (
    MAX_TICK,
    Answer,
    Failed,
    ProtocolError,
    Rate,
    Replay,
    answer_from_data,
    answer_to_data,
    from_data,
    from_line,
    replay_from_data,
    replay_to_data,
    scalar_from_data,
    scalar_to_data,
    to_data,
    to_line,
)
from warmlint.witness.replay import (
    Answers,
    Skipped,
    WitnessFailed,
    WitnessUnavailable,
    converse,
    replay,
)

ROOT = Path(__file__).resolve().parent.parent
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs a shell script as interpreter")

T = Symbol("step", SymbolKind.TICK)
W = Symbol("args.warmup_steps", SymbolKind.PARAMETER)


def of(op: Op, *args: Node | Scalar) -> Node:
    return node(op, *(each if isinstance(each, Node) else const(each) for each in args))


def call(name: str, *args: Node | Scalar) -> Node:
    return replace(of(Op.TUPLE, *args), op=Op.CALL, value=name)


def case(
    *factors: Node,
    ticks: Sequence[int] = range(6),
    values: Mapping[Symbol, Scalar] | None = None,
    lrs: Sequence[float] = (),
) -> Replay:
    lrs = lrs or (0.1,) * len(factors)
    return Replay(factors, (T,) * len(factors), values or {}, tuple(lrs), tuple(ticks))


def rates(answer: Answer | Skipped, group: int = 0) -> list[Rate]:
    assert isinstance(answer, Answer), answer
    return [row[group] for row in answer.rates]


LINEAR = call("min", of(Op.DIV, of(Op.ADD, ref(T), 1), ref(W)), 1)
BY_ZERO_AT_3 = of(Op.DIV, 1, of(Op.SUB, 3, ref(T)))
COMPLEX_AFTER_2 = of(Op.POW, of(Op.SUB, 1, of(Op.DIV, ref(T), 2)), 0.9)

# --- the JSON form -------------------------------------------------------------------------------

FLOATS = st.floats(allow_nan=True, allow_infinity=True)
BIG = 2**MAX_INTEGER_BITS - 1
SCALARS: st.SearchStrategy[Scalar] = st.one_of(
    st.none(), st.booleans(), FLOATS, st.integers(-BIG, BIG), st.text(st.characters(), max_size=20)
)
SYMBOLS = st.builds(Symbol, st.text(max_size=10), st.sampled_from(SymbolKind))
ARITY = {
    Op.CONST: 0, Op.SYMBOL: 0, Op.RAISE: 0, Op.UNKNOWN: 0,
    Op.NAMED: 1, Op.NEG: 1, Op.POS: 1, Op.NOT: 1,
    Op.IF: 3,
}  # fmt: skip


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Node], list[Symbol]]:
    """Nodes over earlier nodes, so that they are shared at all depths, and some of them as roots."""
    symbols = draw(st.lists(SYMBOLS, min_size=1, max_size=4))
    nodes = [const(draw(SCALARS))]
    for _ in range(draw(st.integers(0, 25))):
        op = draw(st.sampled_from(Op))
        value: Scalar = None
        if op is Op.CONST:
            value = draw(SCALARS)
        elif op is Op.CALL:
            value = draw(st.sampled_from(sorted(FUNCTIONS)))
        elif op in (Op.NAMED, Op.RAISE, Op.UNKNOWN):
            value = draw(st.text(max_size=10))
        count = ARITY.get(op, 2)
        if op in (Op.TUPLE, Op.CALL, Op.AND, Op.OR):
            count = draw(st.integers(1, 4))
        args = [draw(st.sampled_from(nodes)) for _ in range(count)]
        nodes.append(
            node(op, *args, value=value, symbol=draw(st.sampled_from(symbols)) if op is Op.SYMBOL else None)
        )
    return draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=3)), symbols


def alike(before: Sequence[Node], after: Sequence[Node]) -> bool:
    """Whether two graphs are the same but for identity: shared where the other is, and nowhere else."""
    pairs: dict[int, Node] = {}
    symbols: dict[Symbol, Symbol] = {}

    def same(old: Node, new: Node) -> bool:
        if id(old) in pairs:
            return pairs[id(old)] is new
        pairs[id(old)] = new
        if (old.symbol is None) is not (new.symbol is None):
            return False
        if old.symbol is not None and new.symbol is not None:
            if symbols.setdefault(old.symbol, new.symbol) is not new.symbol:
                return False
            if (old.symbol.name, old.symbol.kind) != (new.symbol.name, new.symbol.kind):
                return False
        return (
            (old.op, type(old.value), repr(old.value), len(old.args), old.depth)
            == (new.op, type(new.value), repr(new.value), len(new.args), new.depth)
            and all(map(same, old.args, new.args))
        )  # fmt: skip

    same_shape = len(before) == len(after) and all(map(same, before, after))
    return same_shape and len({id(new) for new in pairs.values()}) == len(pairs)


def through_json(data: object) -> object:
    return from_line(to_line(data))


@given(graphs())
def test_any_graph_survives_the_journey(graph: tuple[list[Node], list[Symbol]]) -> None:
    roots, symbols = graph
    data = to_data(roots, symbols)
    copies, table = from_data(through_json(data))
    assert alike(roots, copies)
    assert [each.name for each in table[: len(symbols)]] == [each.name for each in symbols]
    assert to_data(copies, table) == data
    old = dict.fromkeys(symbols, 3)
    new = dict.fromkeys(table, 3)
    for before, after in zip(roots, copies, strict=True):
        one, two = outcome(before, old), outcome(after, new)
        assert repr(one.value) == repr(two.value)
        assert (one.failure and one.failure.kind) == (two.failure and two.failure.kind)


@given(SCALARS)
def test_any_scalar_survives_the_journey(value: Scalar) -> None:
    copy = scalar_from_data(through_json(scalar_to_data(value)))
    assert (type(copy), repr(copy)) == (type(value), repr(value))


@given(graphs(), st.data())
def test_a_replay_survives_the_journey(graph: tuple[list[Node], list[Symbol]], data: st.DataObject) -> None:
    roots, symbols = graph
    ticks = data.draw(st.sets(st.integers(0, MAX_TICK // 100), min_size=1, max_size=5))
    before = Replay(
        tuple(roots),
        (symbols[0],) * len(roots),
        {symbol: data.draw(SCALARS) for symbol in symbols[1:]},
        tuple(data.draw(FLOATS) for _ in roots),
        tuple(sorted(ticks)),
    )
    after = replay_from_data(through_json(replay_to_data(before)))
    assert alike(before.factors, after.factors)
    assert (repr(list(before.values.values())), repr(before.base_lrs), before.ticks) == (
        repr(list(after.values.values())),
        repr(after.base_lrs),
        after.ticks,
    )
    assert replay_to_data(after) == replay_to_data(before)


def test_a_recipe_survives_the_journey() -> None:
    random = Random(0)
    for _ in range(200):
        made = draw(random, 2).recipe()
        before = Replay((), (), {W: 3}, (0.1, 0.2), (0, 5), made, (0.3, 0.4))
        after = replay_from_data(through_json(replay_to_data(before)))
        assert after.recipe is not None
        assert alike(tuple(made.expressions()), tuple(after.recipe.expressions()))
        assert [(each.kind, list(each.arguments)) for each in made.parts()] == [
            (each.kind, list(each.arguments)) for each in after.recipe.parts()
        ]
        assert replay_to_data(after) == replay_to_data(before)


@pytest.mark.torch
@pytest.mark.parametrize("light", [False, True])
def test_an_argument_beyond_the_bounds_is_no_bomb(light: bool) -> None:
    bombs = [
        Recipe("CyclicLR", {"base_lr": const(1), "max_lr": const(2), "mode": const("exp_range"),
                            "gamma": const(2), "last_epoch": const(10**30)}),
        Recipe("StepLR", {"step_size": const(1), "gamma": const(2**100)}),
        Recipe("ExponentialLR", {"gamma": of(Op.DIV, 1, 0)}),
        Recipe("ExponentialLR", {"gamma": unknown("nobody knows")}),
    ]  # fmt: skip
    asked = [Replay((), (), {}, (0.1,), (0, 9), each, (0.1,)) for each in bombs]
    kinds = []
    for answer in replay(asked, light=installed() if light else None).results:
        failed = rates(answer)[0]
        assert isinstance(failed, Failed)
        kinds.append(failed.kind)
    assert kinds == [
        *[FailureKind.TOO_LARGE] * 2, FailureKind.DIVISION_BY_ZERO, FailureKind.UNKNOWN
    ]  # fmt: skip


def test_an_answer_survives_the_journey() -> None:
    asked = case(const(1), const(2), ticks=(0, 3, 9))
    failed = Failed(FailureKind.DIVISION_BY_ZERO, "ZeroDivisionError", "division by zero", 2)
    before = Answer((0, 3, 9), ((0.1, math.inf), (None, failed), (None, Failed(None, "RuntimeError", "", 2))))
    assert answer_from_data(through_json(answer_to_data(before)), asked) == before


@pytest.mark.parametrize(
    "value",
    [
        2**MAX_INTEGER_BITS,
        "x" * (MAX_TEXT + 1),
        1j,
        (1, 2),
        b"x",
        type("Loud", (float,), {})(1.0),
    ],
)
def test_what_is_no_scalar_is_not_sent(value: Any) -> None:
    with pytest.raises(ProtocolError):
        scalar_to_data(value)


def test_bounds_hold_on_the_way_out_too() -> None:
    deep = ref(T)
    for _ in range(3 * MAX_DEPTH):
        deep = Node(Op.NEG, (deep,), depth=2)
    with pytest.raises(ProtocolError, match="nested deeper"):
        from_data(to_data([deep]))
    wide = [of(Op.TUPLE, *range(200)) for _ in range(0, MAX_NODES, 200)]
    with pytest.raises(ProtocolError, match="nodes"):
        to_data([of(Op.TUPLE, *wide)])
    with pytest.raises(ProtocolError, match="arguments"):
        to_data([node(Op.ADD, const(1))])


@pytest.mark.parametrize(
    "asked",
    [
        case(),
        case(*[const(1)] * (MAX_SEQUENCE + 1)),
        case(const(1), lrs=(0.1, 0.2)),
        case(const(1), values={T: 3}),
        case(const(1), ticks=()),
        case(const(1), ticks=(3, 2)),
        case(const(1), ticks=(2, 2)),
        case(const(1), ticks=(-1, 2)),
        case(const(1), ticks=(MAX_TICK + 1,)),
        case(*[const(1)] * MAX_SEQUENCE, ticks=range(MAX_RATES // MAX_SEQUENCE + 1)),
        case(*[LINEAR] * MAX_SEQUENCE, ticks=(MAX_TICK,)),
        case(const(2**MAX_INTEGER_BITS)),
    ],
)
def test_a_replay_beyond_the_bounds_is_skipped_alone(asked: Replay) -> None:
    answers = replay([asked], python="/nowhere/python")  # nothing is left to send, so nothing is started
    assert answers.version == ""
    (result,) = answers.results
    assert isinstance(result, Skipped)
    assert result.reason


def test_a_run_has_a_budget(tmp_path: Path) -> None:
    python = fake_python(tmp_path, f"cat >{tmp_path}/sent; echo")
    cases = [case(LINEAR, values={W: width}) for width in (1, 1, 2, 3, 2, 4)]
    with pytest.raises(WitnessFailed):
        replay(cases, python=str(python), budget=2 * cases[0].work)
    assert len((tmp_path / "sent").read_bytes().splitlines()) == 2


# --- malformed messages ----------------------------------------------------------------------------

GOOD: Any = json.loads(to_line(replay_to_data(case(LINEAR, values={W: 5}))))


def bent(*path: str | int, to: object) -> bytes:
    """A good request with one part in it replaced."""
    data = json.loads(json.dumps(GOOD))
    part = data
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = to
    return json.dumps(data).encode() + b"\n"


def tape(*entries: object, root: int | None = None) -> bytes:
    """A good request with another tape."""
    roots = [len(entries) - 1 if root is None else root]
    return bent("graph", to={"symbols": GOOD["graph"]["symbols"], "tape": entries, "roots": roots})


def recipe(made: object) -> bytes:
    """A request for another recipe, with no expressions for it."""
    data = json.loads(json.dumps(GOOD))
    data |= {"tick": [], "recipe": made}
    data["graph"]["roots"] = []
    return json.dumps(data).encode() + b"\n"


def nested(depth: int) -> object:
    made: object = ["StepLR", [], [], []]
    for _ in range(depth):
        made = ["ChainedScheduler", [], [], [made]]
    return made


MALFORMED: dict[str, bytes] = {
    "an empty line": b"\n",
    "no JSON": b"learning rate\n",
    "half of it": to_line(GOOD)[:40] + b"\n",
    "bytes that are no text": b"\xff\xfe\x00\n",
    "deep nesting": b"[" * 100_000 + b"\n",
    "nan, bare": bent("base_lrs", to=[math.nan]),
    "infinity by overflow": to_line(GOOD).replace(b"0.1", b"1e999"),
    "a number of 10,000 digits": to_line(GOOD).replace(b"0.1", b"9" * 10_000),
    "a list": b"[]\n",
    "null": b"null\n",
    "a missing key": json.dumps({key: GOOD[key] for key in GOOD if key != "tick"}).encode() + b"\n",
    "a key too many": bent("pickle", to="gASVAA=="),
    "an unknown operation": tape(["import", [], "os", None]),
    "an operation that is no text": tape([{}, [], None, None]),
    "a list as operation": tape([[], [], None, None]),
    "an argument of itself": tape(["neg", [0], None, None]),
    "an argument ahead": tape(["neg", [1], None, None], ["const", [], 1, None]),
    "a negative argument": tape(["const", [], 1, None], ["neg", [-1], None, None]),
    "true as argument": tape(["const", [], 1, None], ["const", [], 1, None], ["neg", [True], None, None]),
    "too few arguments": tape(["const", [], 1, None], ["+", [0], None, None]),
    "too many arguments": tape(["const", [], 1, None], ["tuple", [0] * (MAX_SEQUENCE + 1), None, None]),
    "a node too short": tape(["const", [], 1]),
    "a value where none belongs": tape(["const", [], 1, None], ["neg", [0], "x", None]),
    "a symbol where none belongs": tape(["const", [], 1, 0]),
    "a symbol that is missing": tape(["symbol", [], None, None]),
    "a symbol that is not there": tape(["symbol", [], None, 99]),
    "a call without a name": tape(["call", [], None, None]),
    "a call of a number": tape(["call", [], 7, None]),
    "a list as value": tape(["const", [], [1], None]),
    "an unknown tag": tape(["const", [], {"float": "1.0"}, None]),
    "two tags": tape(["const", [], {"float": "nan", "int": "0x1"}, None]),
    "a large integer, bare": tape(["const", [], 2**64, None]),
    "an integer beyond all bounds": tape(["const", [], {"int": hex(2**MAX_INTEGER_BITS)}, None]),
    "a small integer in hex": tape(["const", [], {"int": "0x1"}, None]),
    "an integer in Arabic digits": tape(["const", [], {"int": "0x" + "١" * 20}, None]),
    "a long text": tape(["const", [], "x" * (MAX_TEXT + 1), None]),
    "depth": tape(["const", [], 1, None], *(["neg", [place], None, None] for place in range(MAX_DEPTH))),
    "many nodes": tape(*(["const", [], 1, None] for _ in range(MAX_NODES + 1))),
    "a root that is not there": tape(["const", [], 1, None], root=1),
    "a symbol of no kind": bent("graph", "symbols", 0, 0, to="module"),
    "a list as kind": bent("graph", "symbols", 0, 0, to=[]),
    "a value for nobody": bent("values", to=[[7, 1]]),
    "a value for the tick": bent("values", to=[[0, 1], [1, 5]]),
    "an LR that is text": bent("base_lrs", to=["0.1"]),
    "an LR too many": bent("base_lrs", to=[0.1, 0.2]),
    "a tick that is a float": bent("ticks", to=[0.0]),
    "ticks without end": bent("ticks", to=[10**12]),
    "falling ticks": bent("ticks", to=[2, 1]),
    "ticks in a record": bent("ticks", to={"0": 1}),
    "a root too many": bent("graph", "roots", to=[0, 1]),
    **{f"a recipe that is {name}": recipe(made) for name, made in {
        "true": True,
        "a name": "StepLR",
        "of no class": ["os.system", [], [], []],
        "of a base class": ["LRScheduler", [], [], []],
        "of a class as a list": [["StepLR"], [], [], []],
        "too short": ["StepLR", [], []],
        "given too much": ["StepLR", ["step_size"], [], []],
        "given an unknown argument": ["StepLR", ["optimizer"], [], []],
        "given a function": ["StepLR", [], [0], []],
        "given a tick that is not there": ["LambdaLR", [], [9], []],
        "made of others": ["StepLR", [], [], [["StepLR", [], [], []]]],
        "made of too many": ["ChainedScheduler", [], [], [["StepLR", [], [], []]] * 32],
        "nested in itself": nested(40),
    }.items()},
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_message_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(ProtocolError) as refusal:
        replay_from_data(from_line(MALFORMED[name]))
    assert str(refusal.value)


@pytest.mark.torch
def test_the_worker_refuses_malformed_messages_and_goes_on() -> None:
    good = to_line(GOOD)
    said = converse([*MALFORMED.values(), good], python=sys.executable, timeout=60)
    introduction, *refusals, answer = [json.loads(line) for line in said.lines]
    assert introduction.keys() == {"torch"}
    assert [list(each) for each in refusals] == [["refused"]] * len(MALFORMED)
    assert answer["rates"][0] == [pytest.approx(0.02)]
    assert said.ending == "ended with exit code 0"


@pytest.mark.torch
@pytest.mark.parametrize(
    "stream", [[b"[" * (MAX_LINE + 1), b"\n", to_line(GOOD)], [to_line(GOOD)[:-2]]], ids=["long", "cut"]
)
def test_the_worker_ends_where_it_cannot_tell_messages_apart(stream: list[bytes]) -> None:
    said = converse(stream, python=sys.executable, timeout=60)
    assert [list(json.loads(line)) for line in said.lines] == [["torch"], ["refused"]]
    assert said.ending == "ended with exit code 0"


# --- the loop, over a stand-in for torch -------------------------------------------------------------


class _Group:
    """`LambdaLR` and an optimizer in a few lines."""

    version = "0"

    def optimizer(self, groups: Sequence[Mapping[str, float]]) -> engine.Optimizer:
        class Optimizer:
            def __init__(self) -> None:
                self.param_groups: list[dict[str, Any]] = [dict(group) for group in groups]

            def step(self) -> None: ...

        return Optimizer()

    def scheduler(self, kind: str) -> Callable[..., engine.Scheduler]:
        assert kind == "LambdaLR"

        class Scheduler:
            def __init__(self, optimizer: engine.Optimizer, lr_lambda: Sequence[engine.Lambda]) -> None:
                self.groups, self.factors, self.tick = optimizer.param_groups, lr_lambda, 0
                self.base_lrs = [group["lr"] for group in self.groups]
                self.step()

            def step(self, *metrics: object) -> None:
                returned: list[Any] = [factor(self.tick) for factor in self.factors]
                for group, lr, multiple in zip(self.groups, self.base_lrs, returned, strict=True):
                    group["lr"] = lr * multiple
                self.tick += 1

        return Scheduler


def test_a_failure_stands_at_the_first_wanted_tick_that_it_hides() -> None:
    answer = engine.run(_Group(), case(BY_ZERO_AT_3, const(1), ticks=(0, 2, 5, 6)))
    failed = Failed(FailureKind.DIVISION_BY_ZERO, "ZeroDivisionError", "division by zero", tick=3)
    assert rates(answer) == [0.1 / 3, 0.1, failed, None]
    assert rates(answer, 1) == [0.1, 0.1, None, None]


def test_a_complex_lr_ends_the_run_and_leaves_the_other_groups_theirs() -> None:
    failed = Failed(FailureKind.COMPLEX, "", "the LR is of type complex", tick=3)
    seen = engine.run(_Group(), case(COMPLEX_AFTER_2, const(1), ticks=(2, 3, 4)))
    assert rates(seen) == [0, failed, None]
    assert rates(seen, 1) == [0.1, 0.1, None]
    hidden = engine.run(_Group(), case(COMPLEX_AFTER_2, const(1), ticks=(2, 5, 6)))
    assert rates(hidden) == [0, failed, None]
    assert rates(hidden, 1) == [0.1, None, None]


# --- workers that misbehave ----------------------------------------------------------------------------


def fake_python(folder: Path, script: str) -> Path:
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@POSIX
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 3", "said nothing and ended with exit code 3"),
        ("echo 'no such thing' >&2; exit 3", r"ended with exit code 3 \(no such thing\)"),
        ("kill -SEGV $$", "said nothing and was killed by SIGSEGV"),
        ("echo hello", "talks nonsense"),
        ("echo '{}'", "in words that are not known"),
        ("""echo '{"torch": "2"}'""", "gave 0 of 1 answers"),
        ("""echo '{"torch": "2"}'; echo '{"rates": [[1.0, 2.0]]}'""", "cannot be read"),
        ("""echo '{"torch": "2"}'; echo '{"rates": [[[]]]}'""", "cannot be read"),
        ("""echo '{"torch": "2"}'; echo '{"rates": [[[[], "", "", 0]]]}'""", "cannot be read"),
        ("""echo '{"torch": "2"}'; echo '{"rates": [[["BAD", "", "", 0]]]}'""", "no known kind"),
        ("""echo '{"torch": "2"}'; echo '[]'""", "in words that are not known"),
        ("""echo '{"torch": "2"}'; echo '{"refused": "no"}'""", "refused a replay: no"),
        ("""echo '{"torch": "2"}'; echo '{}'; echo '{}'""", "gave 2 of 1 answers"),
        ("yes", "said more than"),
    ],
)
def test_a_worker_that_misbehaves_is_an_error(
    script: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warmlint.witness.replay.MAX_OUTPUT", 1_000_000)
    python = fake_python(tmp_path, script if script != "yes" else "yes | head -c 2000000")
    with pytest.raises(WitnessFailed, match=message):
        replay([case(const(1), ticks=(0,))], python=str(python))


@POSIX
@pytest.mark.parametrize("sleep", ["exec sleep 1000", "sleep 1000", "exec >&-; exec sleep 1000", "yes"])
def test_a_worker_that_hangs_is_killed(sleep: str, tmp_path: Path) -> None:
    python = fake_python(tmp_path, f"echo $$ >{tmp_path}/pid; {sleep}")
    with pytest.raises(WitnessFailed, match=r"stopped after 1 second"):
        replay([case(const(1))], python=str(python), timeout=1.0)
    pid = int((tmp_path / "pid").read_text())
    wait_for(lambda: group_is_gone(pid))  # what the shell started is dead, and waits for init to bury it


@pytest.mark.torch
def test_a_worker_that_is_too_slow_is_killed() -> None:
    heavy = case(LINEAR, values={W: 5}, ticks=(MAX_TICK,))
    with pytest.raises(WitnessFailed, match="stopped after"):
        replay([heavy], timeout=0.01)


@POSIX
def test_the_worker_gets_an_environment_and_folder_with_nothing_in_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    monkeypatch.setenv("LD_PRELOAD", "")
    fake_python(tmp_path, f"env >{tmp_path}/env; pwd >{tmp_path}/pwd; echo $* >{tmp_path}/argv")
    with pytest.raises(WitnessFailed):
        replay([case(const(1))], python="./python")
    names = {line.split("=")[0] for line in (tmp_path / "env").read_text().splitlines()}
    assert names <= {
        "OMP_NUM_THREADS", "MKL_NUM_THREADS", "TORCH_DEVICE_BACKEND_AUTOLOAD", "LD_LIBRARY_PATH",
        "PWD", "OLDPWD", "SHLVL", "_",  # the shell's own
    }  # fmt: skip
    assert (tmp_path / "pwd").read_text() == "/\n"
    assert (tmp_path / "argv").read_text().startswith("-I ")


def test_no_torch_says_what_to_install(tmp_path: Path) -> None:
    venv.EnvBuilder(with_pip=False, symlinks=os.name == "posix").create(tmp_path)
    python = tmp_path / ("bin/python" if os.name == "posix" else "Scripts/python.exe")
    with pytest.raises(WitnessUnavailable, match=r"pip install 'warmlint\[torch\]'"):
        replay([case(const(1))], python=str(python))


def test_a_torch_that_does_not_start_says_why(tmp_path: Path) -> None:
    venv.EnvBuilder(with_pip=False, symlinks=os.name == "posix").create(tmp_path)
    (packages,) = tmp_path.glob("lib/python*/site-packages" if os.name == "posix" else "Lib/site-packages")
    (packages / "torch.py").write_text("raise OSError('libcudart.so is missing')")
    python = tmp_path / ("bin/python" if os.name == "posix" else "Scripts/python.exe")
    with pytest.raises(WitnessUnavailable, match=r"OSError: libcudart.so is missing"):
        replay([case(const(1))], python=str(python))


def test_no_python_says_so(tmp_path: Path) -> None:
    with pytest.raises(WitnessUnavailable, match="cannot be run"):
        replay([case(const(1))], python=str(tmp_path / "python"))


def test_nothing_to_replay_starts_nothing() -> None:
    assert replay([], python="/nowhere/python") == Answers("", ())


def test_the_parent_never_imports_torch() -> None:
    script = (
        "import sys, warmlint.witness.replay, warmlint.witness.agreement, warmlint.witness.engine\n"
        "sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


# --- agreement -------------------------------------------------------------------------------------

ZERO = Failed(FailureKind.DIVISION_BY_ZERO, "ZeroDivisionError", "float division by zero", 2)


@pytest.mark.parametrize(
    ("ours", "torchs", "expected"),
    [
        (0.1, 0.1, True),
        (0.1, 0.1 * (1 + 1e-10), True),
        (0.1, 0.1 * (1 + 1e-8), False),
        (0.0, 0.0, True),
        (0.0, 1e-300, False),
        (0.1, -0.1, False),
        (math.nan, math.nan, True),
        (math.nan, 0.1, False),
        (math.inf, math.inf, True),
        (math.inf, -math.inf, False),
        (0.1, None, True),
        (0.1, ZERO, False),
        (FailureKind.DIVISION_BY_ZERO, ZERO, True),
        (FailureKind.TYPE, ZERO, False),
        (FailureKind.DIVISION_BY_ZERO, 0.1, False),
        (FailureKind.TYPE, Failed(None, "RuntimeError", "", 0), False),
        (FailureKind.UNKNOWN, 0.1, True),
        (FailureKind.TOO_LARGE, 0.1, True),
        (0.1, Failed(FailureKind.UNKNOWN, "", "", 0), False),
    ],
)
def test_agreement(ours: float | FailureKind, torchs: Rate, expected: bool) -> None:
    assert agree(ours, torchs) is expected


def test_a_disagreement_is_a_sentence() -> None:
    answer = Answer((0, 4), ((0.02, 0.1), (ZERO, None)))
    found = list(disagreements([[0.02, 0.2], [0.1, 0.1]], answer, "2.13.0"))
    assert found == [Disagreement(0, 1, 0.2, 0.1, "2.13.0"), Disagreement(4, 0, 0.1, ZERO, "2.13.0")]
    assert [str(each) for each in found] == [
        "at tick 0 of param group 1 warmlint computes an LR of 0.2, and torch 2.13.0 sets 0.1",
        "at tick 4 of param group 0 warmlint computes an LR of 0.1, "
        "and torch 2.13.0 raises ZeroDivisionError (float division by zero) at tick 2 already",
    ]


# --- torch -----------------------------------------------------------------------------------------

CASES: dict[str, Replay] = {
    "linear": case(LINEAR, values={W: 5}),
    "tutorial": case(of(Op.DIV, ref(T), 3), lrs=(0.01,)),
    "sparse": case(LINEAR, values={W: 1000}, ticks=(0, 500, 5000)),
    "groups": case(LINEAR, of(Op.POW, 0.5, ref(T)), values={W: 5}, lrs=(0.1, 3.0)),
    "own ticks": Replay((ref(T), of(Op.MUL, ref(W), 2)), (T, W), {}, (1.0, 1.0), (0, 7)),
    "division by zero": case(of(Op.DIV, ref(T), ref(W)), values={W: 0}, ticks=(0, 1)),
    "division by zero later": case(const(1), BY_ZERO_AT_3, ticks=(0, 2, 3, 4)),
    "none": case(of(Op.IF, of(Op.LT, ref(T), 2), 1, None), ticks=(1, 2, 3)),
    "text": case(const("0.5"), ticks=(0,)),
    "tuple": case(of(Op.TUPLE, 1, 2), ticks=(0,)),
    "complex": case(COMPLEX_AFTER_2, const(1), ticks=(2, 3, 4)),
    "nan": case(of(Op.MUL, const(math.nan), ref(T))),
    "infinite": case(of(Op.MUL, const(math.inf), of(Op.ADD, ref(T), 1)), ticks=(0, 1)),
    "negative": case(of(Op.SUB, 2, ref(T)), ticks=(0, 4)),
    "bool": case(of(Op.GT, ref(T), 1), ticks=(1, 2)),
    "huge": case(of(Op.POW, 2, of(Op.ADD, ref(T), 120)), ticks=(0, 7), lrs=(1.0,)),
    "too large": case(of(Op.POW, 2, of(Op.ADD, ref(T), 127)), ticks=(0, 1), lrs=(1.0,)),
    "overflow": case(call("math.exp", of(Op.MUL, ref(T), 500)), ticks=(0, 1, 2)),
    "domain": case(call("math.sqrt", of(Op.SUB, 1, ref(T))), ticks=(1, 2)),
    "raise": case(node(Op.RAISE, value="raise ValueError(step)"), ticks=(0,)),
    "unknown": case(unknown("`f` is not followed"), ticks=(0,)),
    "no value": case(LINEAR, ticks=(0,)),
    "infinite base": case(const(1), lrs=(math.inf,), ticks=(0,)),
}  # fmt: skip


@pytest.fixture(scope="module")
def torchs() -> dict[str, Answer]:
    answers = replay(list(CASES.values()))
    assert answers.version.startswith("2.")
    named = zip(CASES, answers.results, strict=True)
    return {name: result for name, result in named if isinstance(result, Answer)}


@pytest.mark.torch
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("linear", [0.02, 0.04, 0.06, 0.08, 0.1, 0.1]),
        ("tutorial", [0, 0.01 / 3, 0.02 / 3, 0.01, 0.04 / 3, 0.05 / 3]),
        ("sparse", [0.0001, 0.0501, 0.1]),
        ("groups", [0.02, 0.04, 0.06, 0.08, 0.1, 0.1]),
        ("own ticks", [0, 7]),
        ("nan", [math.nan] * 6),
        ("infinite", [math.inf] * 2),
        ("negative", [0.2, -0.2]),
        ("bool", [0, 0.1]),
        ("huge", [2.0**120, 2.0**127]),
        ("infinite base", [math.inf]),
    ],
)
def test_torch_sets(torchs: dict[str, Answer], name: str, expected: list[float]) -> None:
    assert rates(torchs[name]) == pytest.approx(expected, rel=1e-12, abs=0, nan_ok=True)


@pytest.mark.torch
def test_each_group_has_its_own_factor_and_tick(torchs: dict[str, Answer]) -> None:
    assert rates(torchs["groups"], 1) == [3.0, 1.5, 0.75, 0.375, 0.1875, 0.09375]
    assert rates(torchs["own ticks"], 1) == [0, 14]


@pytest.mark.torch
@pytest.mark.parametrize(
    ("name", "group", "tick", "kind", "exception"),
    [
        ("division by zero", 0, 0, FailureKind.DIVISION_BY_ZERO, "ZeroDivisionError"),
        ("division by zero later", 1, 3, FailureKind.DIVISION_BY_ZERO, "ZeroDivisionError"),
        ("none", 0, 2, FailureKind.TYPE, "TypeError"),
        ("text", 0, 0, FailureKind.TYPE, "TypeError"),
        ("tuple", 0, 0, FailureKind.TYPE, "TypeError"),
        ("complex", 0, 3, FailureKind.COMPLEX, ""),
        ("too large", 0, 1, FailureKind.TOO_LARGE, ""),
        ("overflow", 0, 2, FailureKind.OVERFLOW, "OverflowError"),
        ("domain", 0, 2, FailureKind.DOMAIN, "ValueError"),
        ("raise", 0, 0, FailureKind.RAISED, ""),
        ("unknown", 0, 0, FailureKind.UNKNOWN, ""),
        ("no value", 0, 0, FailureKind.UNKNOWN, ""),
    ],
)
def test_torch_fails(
    torchs: dict[str, Answer], name: str, group: int, tick: int, kind: FailureKind, exception: str
) -> None:
    answer = torchs[name]
    failed = answer.at(tick, group)
    assert isinstance(failed, Failed)
    assert (failed.kind, failed.exception, failed.tick) == (kind, exception, tick)
    assert failed.text
    for before in (each for each in answer.ticks if each < tick):
        assert isinstance(answer.at(before, group), float)
    for after in (each for each in answer.ticks if each > tick):
        assert answer.at(after, group) is None


@pytest.mark.torch
def test_torch_itself_says_the_same_of_the_code_that_an_expression_stands_for() -> None:
    torch = pytest.importorskip("torch")
    half = of(Op.MUL, 0.5, of(Op.ADD, 1, call("math.cos", of(Op.DIV, of(Op.MUL, math.pi, ref(T)), 40))))
    next_step = of(Op.ADD, ref(T), 1)
    rise = of(Op.MUL, next_step, of(Op.POW, 10, -1.5))
    noam = of(Op.MUL, of(Op.POW, 512, -0.5), call("min", of(Op.POW, next_step, -0.5), rise))
    codes: list[tuple[Node, Callable[[int], float]]] = [
        (LINEAR, lambda step: min((step + 1) / 7, 1)),
        (half, lambda step: 0.5 * (1 + math.cos(math.pi * step / 40))),
        (noam, lambda step: 512**-0.5 * min((step + 1) ** -0.5, (step + 1) * 10**-1.5)),
    ]
    asked = case(*(factor for factor, _ in codes), values={W: 7}, ticks=range(50), lrs=(0.1, 0.3, 2.0))
    (answer,) = replay([asked]).results

    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in asked.base_lrs]
    optimizer = torch.optim.SGD(groups)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, [code for _, code in codes])
    expected = []
    for _ in asked.ticks:
        expected.append(tuple(group["lr"] for group in optimizer.param_groups))
        optimizer.step()
        scheduler.step()
    assert isinstance(answer, Answer)
    assert answer.rates == tuple(expected)


@pytest.mark.torch
def test_a_replay_beyond_the_bounds_keeps_its_place() -> None:
    good, bad = case(const(1), ticks=(0,)), case(const(1), ticks=())
    results = replay([bad, good, bad, good]).results
    assert [type(each) for each in results] == [Skipped, Answer, Skipped, Answer]
    assert results[1] == results[3]


@pytest.mark.torch
def test_no_file_of_the_working_folder_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    canary = tmp_path / "canary"
    for name in ("torch", "warmlint", "json", "numpy", "sitecustomize", "usercustomize", "typing_extensions"):
        (tmp_path / f"{name}.py").write_text(f"open({str(canary)!r}, 'w').close()")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "torch.py"))
    (answer,) = replay([CASES["linear"]]).results
    assert isinstance(answer, Answer)
    assert not canary.exists()


@pytest.mark.torch
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_the_worker_is_locked_and_ends_with_its_parent() -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from warmlint.witness import replay\n"
        "def feed(pipe, lines):\n"  # a parent that never says that it is done
        "    pipe.writelines(lines); pipe.flush()\n"
        "replay._feed = feed\n"
        "replay.converse([b'null\\n'], python=sys.executable, timeout=600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE)
    with parent:
        try:
            worker = wait_for(lambda: next(children(parent.pid), None))
            wait_for(lambda: limits(worker)["Max open files"] == "0")
            bounds = limits(worker)
        finally:
            parent.kill()
    assert {bounds[f"Max {name}"] for name in ("file size", "core file size", "processes")} == {"0"}
    assert 601 <= int(bounds["Max cpu time"]) < 660  # and what importing torch has taken
    assert bounds["Max address space"] != "unlimited"
    wait_for(lambda: not alive(worker))


def limits(pid: int) -> dict[str, str]:
    """The soft limits of a process, by name."""
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    return {line[:25].rstrip(): line[25:].split()[0] for line in lines}


def children(pid: int) -> Iterator[int]:
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        yield from map(int, path.read_text().split())


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def group_is_gone(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return True
    return False


def wait_for(look: Callable[[], Any]) -> Any:
    for _ in range(3000):
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError("it never happened")
