"""Holds what the engine knows of frameworks to the frameworks themselves, update by update, to 1e-12."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from tests.test_stubs import library
from warmlint.finding import Scale
from warmlint.judge import judge
from warmlint.program import Unit
from warmlint.site import Site
from warmlint.source import Source

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]  # those of the frameworks

EPOCHS, BATCHES, LR = 3, 4, 0.1


def site_of(text: str) -> Site:
    """The only schedule of a program."""
    (site,) = judge(Source("program.py", text), lambda: ()).sites
    return site


@contextmanager
def recorded() -> Iterator[list[float]]:
    """The LR of each update that is made inside."""
    optim = pytest.importorskip("torch.optim.optimizer")
    lrs: list[float] = []
    hook = optim.register_optimizer_step_pre_hook(
        lambda optimizer, *_: lrs.append(optimizer.param_groups[0]["lr"])
    )
    try:
        yield lrs
    finally:
        hook.remove()


def agree(site: Site, ticks: Sequence[float], lrs: Sequence[float]) -> None:
    """Whether the updates ran at the LRs of these ticks."""
    assert len(ticks) == len(lrs)
    for tick, lr in zip(ticks, lrs, strict=True):
        ours, failure = site.trace.value(tick)
        assert ours is not None, failure
        if site.scale is Scale.FACTOR:  # that of an optimizer which is made elsewhere
            ours *= LR
        assert math.isclose(ours, lr, rel_tol=1e-12, abs_tol=1e-15), (tick, ours, lr)


def ticks_of(site: Site) -> list[float]:
    """The tick that each update runs at, as the trace has it."""
    return [tick for tick, updates in site.clock.runs for _ in range(updates)]


# --- Lightning ---------------------------------------------------------------------------------------

MODULE = """
import torch
from {lightning} import LightningModule, Trainer
from torch.optim.lr_scheduler import LambdaLR

class Module(LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def training_step(self, batch):
        return self.layer(batch).square().mean()

    def make(self, optimizer):
        scheduler = LambdaLR(optimizer, lambda step: 1 / (step + 3))
        return {{"scheduler": scheduler, "interval": "step"}}

    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        {made}
        return {returned}

trainer = Trainer(accelerator="cpu", max_epochs=3, barebones=True)
"""
MADE = "scheduler = LambdaLR(optimizer, lambda step: 1 / (step + 3))"
SHAPES = [
    ("[optimizer], [scheduler]", Unit.EPOCH),
    ('[optimizer], [{"scheduler": scheduler}]', Unit.EPOCH),
    ('[optimizer], [{"scheduler": scheduler, "interval": "epoch"}]', Unit.EPOCH),
    ('[optimizer], [{"scheduler": scheduler, "interval": "step"}]', Unit.UPDATE),
    ('[optimizer], [dict(scheduler=scheduler, interval="step")]', Unit.UPDATE),
    ('{"optimizer": optimizer, "lr_scheduler": scheduler}', Unit.EPOCH),
    ('{"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler}}', Unit.EPOCH),
    ('{"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}', Unit.UPDATE),
    ('{"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "frequency": 1}}', Unit.EPOCH),
    (
        '({"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}},)',
        Unit.UPDATE,
    ),
]
FROM_METHOD = [
    ('{"optimizer": optimizer, "lr_scheduler": config}', Unit.UPDATE),
    ('[optimizer], [config["scheduler"]]', Unit.EPOCH),
    ("[optimizer], [config]", Unit.UPDATE),
    ("[optimizer], [self.make(optimizer)]", Unit.UPDATE),
]


@pytest.mark.parametrize(
    ("made", "returned", "unit"),
    [(MADE, *each) for each in SHAPES] + [("config = self.make(optimizer)", *each) for each in FROM_METHOD],
)
def test_lightning_ticks_when_the_trace_says(made: str, returned: str, unit: Unit) -> None:
    name = "lightning.pytorch"
    pytest.importorskip(name)
    torch = pytest.importorskip("torch")
    text = MODULE.format(lightning=name, made=made, returned=returned)
    if made != MADE:
        read = text
    else:  # what no shape uses is no schedule of the module
        read = text.replace(text[text.index("    def make") : text.index("    def configure")], "")
    site = site_of(read)
    assert site.loop.owner is not None
    assert (site.loop.owner.name, site.loop.owner.unit) == ("Lightning", unit)
    names: dict[str, Any] = {"__name__": "program"}
    exec(compile(read, "program.py", "exec"), names)
    with recorded() as lrs:
        names["trainer"].fit(names["Module"](), torch.utils.data.DataLoader(torch.ones(BATCHES, 2)))
    assert len(lrs) == EPOCHS * BATCHES
    per_tick = 1 if unit is Unit.UPDATE else BATCHES
    assert site.clock.epochs is (unit is Unit.EPOCH)
    agree(site, [update // per_tick for update in range(len(lrs))], lrs)


# --- accelerate --------------------------------------------------------------------------------------

PREPARED = """
import torch
from accelerate import Accelerator
from torch.optim.lr_scheduler import LambdaLR

accelerator = Accelerator(cpu=True{settings})
model = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
loader = accelerator.prepare(torch.utils.data.DataLoader(torch.ones(8, 2)))
total = len(loader)
scheduler = LambdaLR(optimizer, lambda step: 1 - step / (8 * total))
model, optimizer, scheduler = accelerator.prepare(model, optimizer, scheduler)
run()
for batch in loader:
    accelerator.backward(model(batch).sum())
    optimizer.step()
    scheduler.step()
    optimizer.zero_grad()
"""


@pytest.mark.parametrize("processes", [1, 2, 4])
@pytest.mark.parametrize("settings", ["", ", step_scheduler_with_optimizer=False"])
def test_accelerate_ticks_once_for_each_process(processes: int, settings: str) -> None:
    state = pytest.importorskip("accelerate.state")
    text = PREPARED.format(settings=settings)
    site = site_of(text)
    assert (site.schedule.prepared is not None) is (settings == "")

    def run() -> None:
        state.PartialState._shared_state["num_processes"] = processes

    try:
        names: dict[str, Any] = {"__name__": "program", "run": run}
        with recorded() as lrs:
            exec(compile(text, "program.py", "exec"), names)
    finally:
        state.AcceleratorState._reset_state(reset_partial_state=True)
    rate = 1 if settings else processes
    factors = [1 - rate * update / (8 * len(lrs)) for update in range(len(lrs))]
    assert lrs == pytest.approx([0.1 * each for each in factors], rel=1e-12)


# --- timm ---------------------------------------------------------------------------------------------

TOLD = """
import torch
from timm.scheduler import CosineLRScheduler

loader = [torch.ones(1, 2)] * 4
model = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = CosineLRScheduler(
    optimizer, t_initial=9, warmup_t=3, warmup_lr_init=0.001, t_in_epochs={in_epochs}, warmup_prefix=True
)
updates = 0
for epoch in range(3):
    for batch in loader:
        optimizer.zero_grad()
        model(batch).sum().backward()
        optimizer.step()
        updates += 1
        {of_update}
    {of_epoch}
"""


@pytest.mark.parametrize("in_epochs", [True, False])
@pytest.mark.parametrize(
    ("of_update", "of_epoch"),
    [
        ("scheduler.step_update(updates)", "pass"),
        ("scheduler.step_update(num_updates=updates)", "scheduler.step(epoch=epoch + 1)"),
        ("pass", "scheduler.step(epoch + 1)"),
        ("scheduler.step(epoch + updates / 12)", "pass"),
    ],
)
def test_timm_listens_as_the_trace_says(in_epochs: bool, of_update: str, of_epoch: str) -> None:
    text = TOLD.format(in_epochs=in_epochs, of_update=of_update, of_epoch=of_epoch)
    site = site_of(text)
    real = library("timm.scheduler.cosine_lr", {}).CosineLRScheduler
    names: dict[str, Any] = {"CosineLRScheduler": real}
    with recorded() as lrs:
        exec(text.replace("from timm.scheduler import CosineLRScheduler", ""), names)
    agree(site, ticks_of(site), lrs)


# --- ignite ------------------------------------------------------------------------------------------

ENGINE = """
import torch
from ignite.engine import Engine, Events, create_supervised_trainer
from ignite.handlers.param_scheduler import LRScheduler
from torch.optim.lr_scheduler import LambdaLR

layer = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)

def update(engine, batch):
    optimizer.zero_grad()
    layer(batch[0]).square().mean().backward()
    optimizer.step()

trainer = {trainer}
scheduler = LambdaLR(optimizer, lambda step: 1 / (step + 3))
{attached}
"""
ENGINES = ("Engine(update)", "create_supervised_trainer(layer, optimizer, torch.nn.functional.mse_loss)")
ATTACHED = [
    "trainer.add_event_handler(Events.ITERATION_STARTED, lambda engine: scheduler.step())",
    "trainer.add_event_handler(Events.ITERATION_COMPLETED, lambda engine: scheduler.step())",
    "trainer.add_event_handler(Events.EPOCH_COMPLETED, lambda engine: scheduler.step())",
    "@trainer.on(Events.ITERATION_COMPLETED)\ndef tick(engine):\n    scheduler.step()",
    "@trainer.on(Events.EPOCH_COMPLETED)\ndef tick():\n    scheduler.step()",
    "def tick(engine):\n    scheduler.step()\ntrainer.add_event_handler(Events.ITERATION_STARTED, tick)",
    "handler = LRScheduler(scheduler)\ntrainer.add_event_handler(Events.ITERATION_STARTED, handler)",
]


@pytest.mark.parametrize("attached", ATTACHED)
@pytest.mark.parametrize("trainer", ENGINES)
def test_ignite_ticks_as_the_trace_does(trainer: str, attached: str) -> None:
    pytest.importorskip("ignite")
    torch = pytest.importorskip("torch")
    text = ENGINE.format(trainer=trainer, attached=attached)
    site = site_of(text)
    names: dict[str, Any] = {}
    with recorded() as lrs:
        exec(compile(text, "program.py", "exec"), names)
        names["trainer"].run([(torch.ones(1, 2), torch.ones(1, 1))] * BATCHES, max_epochs=EPOCHS)
    assert len(lrs) == EPOCHS * BATCHES
    if "EPOCH" in attached:
        epoch = site.epoch
        assert epoch is not None
        assert epoch.ticks == 1
        agree(site, [number // BATCHES for number in range(len(lrs))], lrs)
    else:
        first = ticks_of(site)[0]
        agree(site, [first + number for number in range(len(lrs))], lrs)
