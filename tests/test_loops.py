"""The loop that drives a schedule: through functions, methods, objects that hold it, and frameworks."""

from __future__ import annotations

import pytest

from warmlint.facts.screen import screen
from warmlint.facts.sites import find
from warmlint.program import How, Unit, handled
from warmlint.schedule.units import measured
from warmlint.site import Site
from warmlint.source import Source
from warmlint.trace.simulate import Epoch

HEAD = """
import torch
from torch.optim.lr_scheduler import LambdaLR


def factor(step):
    return min(1.0, (step + 1) / 5)

"""


def site_of(text: str, number: int = 0) -> Site:
    source = Source("train.py", HEAD + text)
    schedule = find(source, screen(source)).schedules[number]
    return Site(source, schedule, schedule.factors[0])


def runs(text: str) -> list[tuple[float, int]]:
    """(tick, updates at it), for the first ticks."""
    return list(site_of(text).clock.runs[:3])


PER_BATCH = [(0, 1), (1, 1), (2, 1)]

SHAPES = {
    "a helper is given the schedule": """
def train_one_epoch(model, opt, sched, loader):
    for batch in loader:
        opt.step()
        sched.step()

def main(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = LambdaLR(optimizer, factor)
    for epoch in range(3):
        train_one_epoch(model, optimizer, scheduler, loader)
""",
    "a helper within a helper, by keyword": """
def step_both(a, b):
    a.step()
    b.step()

def train(loader, *, schedule, optim):
    for batch in loader:
        step_both(optim, schedule)

def main(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = LambdaLR(optimizer, factor)
    train(loader, optim=optimizer, schedule=scheduler)
""",
    "the methods of a trainer": """
class Trainer:
    def __init__(self, model):
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        self.scheduler = LambdaLR(self.optimizer, factor)

    def update(self):
        self.optimizer.step()
        self.scheduler.step()

    def epoch(self, loader):
        for batch in loader:
            self.update()

    def fit(self, loader):
        for epoch in range(3):
            self.epoch(loader)
""",
    "a trainer that is given the schedule": """
class Trainer:
    def __init__(self, optimizer, scheduler):
        self.opt = optimizer
        self.sched = scheduler

    def fit(self, loader):
        for batch in loader:
            self.opt.step()
            self.sched.step()

def main(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = LambdaLR(optimizer, factor)
    trainer = Trainer(optimizer, scheduler)
    trainer.fit(loader)
""",
    "a function that returns it": """
def build(opt):
    return LambdaLR(opt, factor)

def main(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = build(optimizer)
    for batch in loader:
        optimizer.step()
        scheduler.step()
""",
    "a function that returns both": """
def build(model):
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    sched = LambdaLR(opt, factor)
    return opt, sched

def main(model, loader):
    optimizer, scheduler = build(model)
    for batch in loader:
        optimizer.step()
        scheduler.step()
""",
    "another name": """
def main(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = LambdaLR(optimizer, factor)
    sched = scheduler
    for batch in loader:
        optimizer.step()
        sched.step()
""",
    "a list of schedules": """
def main(nets, loader):
    optimizers = [torch.optim.SGD(net.parameters(), lr=0.1) for net in nets]
    schedulers = [LambdaLR(optimizer, factor) for optimizer in optimizers]
    for batch in loader:
        for optimizer in optimizers:
            optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
""",
    "a list that grows, of a trainer": """
class Trainer:
    def __init__(self, nets):
        self.optimizers = [torch.optim.SGD(net.parameters(), lr=0.1) for net in nets]
        self.schedulers = []
        for optimizer in self.optimizers:
            self.schedulers.append(LambdaLR(optimizer, factor))

    def fit(self, loader):
        for batch in loader:
            for opt, sched in zip(self.optimizers, self.schedulers):
                opt.step()
                sched.step()
""",
    "one of two in a display": """
def main(a, b, loader):
    one, two = torch.optim.SGD(a, lr=0.1), torch.optim.SGD(b, lr=0.1)
    first, second = LambdaLR(one, factor), LambdaLR(two, factor)
    for batch in loader:
        for optimizer in (one, two):
            optimizer.step()
        [each.step() for each in (first, second)]
""",
    "a dict of schedules": """
def main(nets, loader):
    optimizer = torch.optim.SGD(nets["g"].parameters(), lr=0.1)
    schedulers = {"g": LambdaLR(optimizer, factor)}
    for batch in loader:
        optimizer.step()
        for name, scheduler in schedulers.items():
            scheduler.step()
""",
    "an optimizer in a wrapper": """
class Wrapper:
    def __init__(self, inner):
        self._inner = inner

    def step(self):
        return self._inner.step()

def main(model, loader):
    optimizer = Wrapper(torch.optim.SGD(model.parameters(), lr=0.1))
    scheduler = LambdaLR(optimizer._inner, factor)
    for batch in loader:
        optimizer.step()
        scheduler.step()
""",
    "a return in a helper": """
def update(opt, sched, batch):
    if batch is None:
        return
    opt.step()
    sched.step()

def main(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = LambdaLR(optimizer, factor)
    for batch in [1, 2, 3, 4]:
        update(optimizer, scheduler, batch)
""",
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in SHAPES.items()])
def test_the_loop_is_followed_through_functions(text: str) -> None:
    site = site_of(text)
    assert list(site.clock.runs[:3]) == PER_BATCH
    assert site.schedule.leaves is None
    assert site.loop.updates
    assert site.loop.ticks


PASSES = {
    "for step, batch in zip(range(6), itertools.cycle(loader)):": 6,
    "for batch in itertools.islice(loader, 4):": 4,
    "for batch in itertools.islice(itertools.cycle(loader), 5):": 5,
    "for step, (one, other) in enumerate(zip([1, 2, 3], [1, 2, 3, 4])):": 3,
    "for _ in [0] * 7:": 7,
    "bar = tqdm(range(8), desc='train')\nfor step in bar:": 8,
}


@pytest.mark.parametrize("head", PASSES)
def test_a_loop_over_iterators_passes_as_often_as_they_last(head: str) -> None:
    site = site_of(f"""
import itertools

optimizer = torch.optim.SGD([torch.ones(1)], lr=0.1)
scheduler = LambdaLR(optimizer, factor)
{head}
    optimizer.step()
    scheduler.step()
""")
    assert sum(updates for _, updates in site.clock.runs) == PASSES[head]


@pytest.mark.parametrize("test", ["scheduler is not None", "scheduler is not None and flag", "scheduler"])
def test_that_a_schedule_exists_goes_without_saying(test: str) -> None:
    site = site_of(f"""
def main(model, loader, flag=True):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = LambdaLR(optimizer, factor)
    for batch in loader:
        optimizer.step()
        if {test}:
            scheduler.step()
""")
    assert list(site.clock.runs[:3]) == PER_BATCH


def test_a_count_without_end_is_left_by_its_break() -> None:
    site = site_of("""
import itertools

optimizer = torch.optim.SGD([torch.ones(1)], lr=0.1)
scheduler = LambdaLR(optimizer, factor)
for step in itertools.count(1):
    optimizer.step()
    scheduler.step()
    if step == 6:
        break
""")
    assert sum(updates for _, updates in site.clock.runs) == 6


def test_what_a_comprehension_calls_is_done_pass_by_pass() -> None:
    site = site_of("""
def one(optimizer, batch):
    optimizer.step()
    return 0.0

optimizer = torch.optim.SGD([torch.ones(1)], lr=0.1)
scheduler = LambdaLR(optimizer, factor)
for epoch in range(4):
    losses = [one(optimizer, batch) for batch in [1, 2, 3]]
    scheduler.step()
""")
    assert site.clock.passes[:2] == (Epoch(1, 3, True), Epoch(1, 3, True))


@pytest.mark.parametrize("taken", ["save(schedulers)", "other = schedulers", "schedulers[0].step()"])
def test_a_list_that_goes_elsewhere_takes_its_schedules_along(taken: str) -> None:
    site = site_of(f"""
def main(nets, loader, save):
    optimizers = [torch.optim.SGD(net.parameters(), lr=0.1) for net in nets]
    schedulers = [LambdaLR(optimizer, factor) for optimizer in optimizers]
    {taken}
    for batch in loader:
        for optimizer in optimizers:
            optimizer.step()
""")
    assert site.schedule.leaves is not None
    assert not site.loop.idle


def test_a_tick_after_the_batches_of_a_helper_ends_an_epoch() -> None:
    site = site_of("""
def train_one_epoch(opt, loader):
    for batch in loader:
        opt.step()

def main(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = LambdaLR(optimizer, factor)
    for epoch in range(6):
        train_one_epoch(optimizer, [1, 2, 3])
        scheduler.step()
""")
    assert site.clock.passes[:2] == (Epoch(1, 3, True), Epoch(1, 3, True))
    assert site.counts_epochs
    assert site.last_tick == 5


def test_arguments_of_the_only_caller_are_those_of_the_schedule() -> None:
    site = site_of("""
def build(opt, warmup):
    return LambdaLR(opt, lambda step: min(1.0, (step + 1) / warmup))

def main(model, loader, epochs=2):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = build(optimizer, 4 * epochs)
    for batch in loader:
        optimizer.step()
        scheduler.step()
""")
    assert site.warmup_ticks == 8


def test_two_loops_that_tick_it_are_not_one() -> None:
    site = site_of("""
class Trainer:
    def __init__(self, model):
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        self.scheduler = LambdaLR(self.optimizer, factor)

    def train(self, loader):
        for batch in loader:
            self.optimizer.step()
            self.scheduler.step()

    def finetune(self, loader):
        for batch in loader:
            self.optimizer.step()
            self.scheduler.step()
""")
    assert not site.loop.program
    assert "several functions" in site.loop.reason


def test_an_object_that_is_handed_on_takes_the_schedule_along() -> None:
    site = site_of("""
class Holder:
    def __init__(self, scheduler):
        self.scheduler = scheduler

def main(model, run):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = LambdaLR(optimizer, factor)
    holder = Holder(scheduler)
    run(holder)
""")
    assert site.schedule.leaves == "given to `run`"


def test_what_is_done_beside_is_told_in_order() -> None:
    site = site_of("""
def main(model, loader, state):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = LambdaLR(optimizer, factor)
    optimizer.load_state_dict(state["optimizer"])
    scheduler.load_state_dict(state["scheduler"])
    for batch in loader:
        optimizer.step()
        scheduler.step()
    return optimizer.state_dict()
""")
    after = [each.how for each in handled(site.loop.program) if each.how is not How.REMADE]
    assert after[:2] == [How.OPTIMIZER_LOADED, How.SCHEDULE_LOADED]


# --- frameworks --------------------------------------------------------------------------------------

MODULE = """
import lightning.pytorch as pl

class Module(pl.LightningModule):
    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        scheduler = LambdaLR(optimizer, factor)
        {body}
"""
RETURNS = {
    "return [optimizer], [scheduler]": Unit.EPOCH,
    "return {'optimizer': optimizer, 'lr_scheduler': scheduler}": Unit.EPOCH,
    "return {'optimizer': optimizer, 'lr_scheduler': scheduler, 'interval': 'step'}": Unit.EPOCH,
    "return [optimizer], [{'scheduler': scheduler, 'interval': 'step'}]": Unit.UPDATE,
    "return [optimizer], {'scheduler': scheduler, 'interval': 'step'}": Unit.UPDATE,
    "return {'lr_scheduler': {'scheduler': scheduler, 'interval': 'step'}}": Unit.UPDATE,
    "return [{'lr_scheduler': dict(scheduler=scheduler, interval='step')}]": Unit.UPDATE,
    "config = {'scheduler': scheduler, 'interval': 'step'}; return [optimizer], [config]": Unit.UPDATE,
    "config = {'scheduler': scheduler}; config['interval'] = 'step'; return [optimizer], [config]": None,
    "return [optimizer], [{'scheduler': scheduler, 'interval': self.hparams.interval}]": None,
}


@pytest.mark.parametrize("body", RETURNS)
def test_lightning_ticks_when_it_is_told_to(body: str) -> None:
    owner = site_of(MODULE.format(body=body)).loop.owner
    assert (owner.unit if owner is not None else None) is RETURNS[body]


@pytest.mark.parametrize(
    "more", ["automatic_optimization = False", "def lr_scheduler_step(self, scheduler, metric): pass"]
)
def test_a_module_that_ticks_by_itself_is_left_alone(more: str) -> None:
    text = MODULE.format(body="return [optimizer], [scheduler]")
    text = text.replace("    def configure_optimizers", f"    {more}\n    def configure_optimizers")
    assert site_of(text).loop.owner is None


# --- units -------------------------------------------------------------------------------------------

LENGTHS = {
    "warmup_steps": (Unit.UPDATE, False),
    "warmup_epochs": (Unit.EPOCH, False),
    "warmup_epochs * len(loader)": (Unit.UPDATE, True),
    "warmup_epochs * steps_per_epoch": (Unit.UPDATE, True),
    "2 * len(train_loader)": (Unit.UPDATE, True),
    "warmup_steps // len(loader)": (Unit.EPOCH, True),
    "max(1, int(0.1 * num_epochs * len(loader)))": (Unit.UPDATE, True),
    "num_epochs - warmup_epochs": (Unit.EPOCH, False),
    "warmup": None,
    "gradient_accumulation_steps": None,
    "num_epochs - warmup_steps": None,
    "lr_step": None,
}


@pytest.mark.parametrize("length", LENGTHS)
def test_what_a_length_counts(length: str) -> None:
    names = "warmup_steps, warmup_epochs, loader, train_loader, steps_per_epoch, num_epochs, warmup"
    site = site_of(f"""
def main(opt, {names}, gradient_accumulation_steps, lr_step):
    scheduler = LambdaLR(opt, lambda t: min(1.0, (t + 1) / ({length})))
    return scheduler
""")
    told = [each.tick for each in measured(site.factor.expression, site.factor.tick)]
    found = {(each.unit, each.computed) for each in told}
    assert found == (set() if LENGTHS[length] is None else {LENGTHS[length]})


def test_a_tick_that_is_converted_counts_what_it_is_converted_from() -> None:
    site = site_of("""
def main(opt, steps_per_epoch, warmup_epochs):
    scheduler = LambdaLR(opt, lambda t: min(1.0, (t // steps_per_epoch + 1) / warmup_epochs))
    return scheduler
""")
    assert {each.tick.unit for each in measured(site.factor.expression, site.factor.tick)} == {Unit.UPDATE}


# --- what holds where a schedule is made ------------------------------------------------------------

GUARDED = {
    "an if": """
def train(opt, warmup_steps=0):
    if warmup_steps > 0:
        scheduler = LambdaLR(opt, lambda step: min(1.0, (step + 1) / warmup_steps))
        return scheduler
""",
    "an else": """
def train(opt, warmup_steps=0):
    if warmup_steps == 0:
        scheduler = None
    else:
        scheduler = LambdaLR(opt, lambda step: min(1.0, (step + 1) / warmup_steps))
    return scheduler
""",
    "a return before it": """
def train(opt, warmup_steps=0):
    if not warmup_steps:
        return None
    return LambdaLR(opt, lambda step: min(1.0, (step + 1) / warmup_steps))
""",
}


@pytest.mark.parametrize("name", GUARDED)
def test_a_guard_around_the_construction_holds_in_it(name: str) -> None:
    site = site_of(GUARDED[name])
    values = [value for each in site.space.own for value in each.values.values()]
    assert values
    assert all(isinstance(value, (int, float)) and value > 0 for value in values)


def test_without_a_guard_the_default_is_the_value() -> None:
    site = site_of(GUARDED["an if"].replace("if warmup_steps > 0:", "if opt is not None:"))
    assert [list(each.values.values()) for each in site.space.own[:1]] == [[0]]
