"""pytorch_transformers 1.2.0, pytorch_transformers/__init__.py: where its schedules are found."""

from pytorch_transformers.optimization import (
    ConstantLRSchedule,
    WarmupConstantSchedule,
    WarmupCosineSchedule,
    WarmupCosineWithHardRestartsSchedule,
    WarmupLinearSchedule,
)
