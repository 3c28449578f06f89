"""lightning-bolts 0.7.0, pl_bolts/optimizers/__init__.py: where its schedules are found."""

from pl_bolts.optimizers.lr_scheduler import LinearWarmupCosineAnnealingLR, linear_warmup_decay
