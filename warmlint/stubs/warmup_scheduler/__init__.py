"""warmup_scheduler 0.3, warmup_scheduler/__init__.py: where its schedule is found."""

from warmup_scheduler.scheduler import GradualWarmupScheduler
