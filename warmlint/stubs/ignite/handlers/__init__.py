"""pytorch-ignite 0.5.5, ignite/handlers/__init__.py: where its cyclical schedules are found."""

from ignite.handlers.param_scheduler import CosineAnnealingScheduler, LinearCyclicalScheduler
