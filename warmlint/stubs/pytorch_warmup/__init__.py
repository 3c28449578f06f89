"""pytorch-warmup 0.2.0, pytorch_warmup/__init__.py: where its warmups are found."""

from pytorch_warmup.base import ExponentialWarmup, LinearWarmup
from pytorch_warmup.radam import RAdamWarmup
from pytorch_warmup.untuned import UntunedExponentialWarmup, UntunedLinearWarmup
