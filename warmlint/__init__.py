"""warmlint: a static linter for learning-rate warmup bugs in PyTorch training code."""

__version__ = "0.1.0"
