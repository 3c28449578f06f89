"""Roles, valuations and verdicts: what is taken for the warmup, and when a property is said to hold."""

from __future__ import annotations

import pytest

from warmlint.finding import Status
from warmlint.judge import judge
from warmlint.schedule.roles import Role, role_of, says_warmup
from warmlint.site import Site
from warmlint.source import Source

HEAD = "from torch.optim.lr_scheduler import LambdaLR\n"


def site(factor: str, parameters: str = "w", name: str = "f") -> Site:
    text = f"{HEAD}def g(o, {parameters}):\n    {name} = lambda t: {factor}\n    return LambdaLR(o, {name})\n"
    (found,) = judge(Source("t.py", text), lambda: ()).sites
    return found


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("warmup_steps", Role.WARMUP),
        ("args.num_warmup_steps", Role.WARMUP),
        ("warm_up_epochs", Role.WARMUP),
        ("warmUpIters", Role.WARMUP),
        ("burn_in", Role.WARMUP),
        ("warmup_ratio", Role.RATIO),
        ("warmup_factor", Role.RATIO),
        ("warmup_lr", Role.LR),
        ("max_lr_steps", Role.LENGTH),
        ("total_steps", Role.LENGTH),
        ("len(loader)", Role.LENGTH),
        ("learning_rate", Role.LR),
        ("gamma", Role.RATIO),
        ("num_cycles", Role.NUMBER),
    ],
)
def test_roles_by_name(name: str, role: Role):
    assert role_of(name) is role


@pytest.mark.parametrize("name", ["warm_restarts", "warm_start", "cooldown", "swarm", None])
def test_what_does_not_speak_of_warmup(name: str | None):
    assert not says_warmup(name)


@pytest.mark.parametrize(
    ("factor", "parameters", "warmup", "total"),
    [
        ("min(1.0, t / warmup_steps)", "warmup_steps", "warmup_steps", None),
        ("t / float(max(1, num_warmup))", "num_warmup", "num_warmup", None),
        ("t / w if t < w else 1.0", "w", "w", None),
        ("min(1.0, (t + 1) / 5)", "w", "5", None),
        ("1 - t / (max_steps - warmup_steps)", "max_steps, warmup_steps", None, "max_steps"),
        ("max(0.0, 1 - t / total_steps)", "total_steps", None, "total_steps"),
        ("0.95 ** t", "w", None, None),
        ("0.1 ** (t // 30)", "w", None, None),
    ],
)
def test_lengths(factor: str, parameters: str, warmup: str | None, total: str | None):
    roles = site(factor, parameters).roles
    assert (roles.warmup and roles.warmup.name, roles.total and roles.total.name) == (warmup, total)


def test_the_total_is_longer_than_the_warmup_in_every_valuation():
    found = site("t / warmup if t < warmup else (total - t) / (total - warmup)", "warmup, total")
    pairs = [
        tuple(valuation.values[symbol] for symbol in found.space.parameters)
        for valuation in found.space.sample
    ]
    assert len(pairs) >= 8
    assert all(1 <= warmup < total for warmup, total in pairs)


def test_proved_for_every_value():
    found = site("min(1.0, t / warmup)", "warmup")
    assert found.holds(found.f(0).equals(0)).status is Status.PROVED


def test_witnessed_by_the_values_that_the_source_gives():
    found = site("max(0.0, 5 - warmup) + t / warmup", "warmup=5")
    verdict = found.holds(found.f(0).equals(0))
    assert verdict.status is Status.WITNESSED
    assert verdict.witness is not None
    assert verdict.witness.given


def test_what_holds_for_some_values_only_is_unknown():
    found = site("max(0.0, 5 - warmup) + t / warmup", "warmup")
    assert found.holds(found.f(0).equals(0)).status is Status.UNKNOWN


def test_a_single_counterexample_settles_it():
    found = site("0.0 if t != 7 else 1.0", "w")
    assert not found.holds(found.f(found.t).equals(0), found.t < 30)


def test_what_cannot_be_computed_is_unknown_with_the_reason():
    found = site("load(t)", "w")
    verdict = found.holds(found.f(0).equals(0))
    assert verdict.status is Status.UNKNOWN
    assert "load(t)" in verdict.reason


def test_a_property_of_no_tick_is_not_claimed():
    found = site("t / 5", "w")
    assert not found.holds(found.f(found.t).equals(0), found.t < 0)


def test_the_run_that_the_source_gives_decides():
    text = (
        f"{HEAD}def train(o, epochs=50, warmup=5):\n    s = LambdaLR(o, lambda t: (t + 1) / warmup)\n"
        "    for epoch in range(epochs):\n        o.step()\n        s.step()\n"
    )
    long, short = (
        judge(Source("t.py", f"{text}{call}"), lambda: ()).sites[0] for call in ("", "train(o, 5)\n")
    )
    for found, reach in ((long, 49), (short, 4)):
        assert found.last_tick == reach
    assert long.holds(long.f(long.t) > 1, long.t >= 5)
    assert not short.holds(short.f(short.t) > 1, short.t >= 5)


def test_a_decay_has_no_warmup():
    assert site("(1 - t / 8) ** 2").warmup is None
