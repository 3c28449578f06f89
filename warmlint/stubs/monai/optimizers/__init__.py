"""monai 1.6.1, monai/optimizers/__init__.py: where its schedules are found."""

from monai.optimizers.lr_scheduler import ExponentialLR, LinearLR, WarmupCosineSchedule
