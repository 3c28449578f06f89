"""torch 2.13.0, torch/optim/swa_utils.py: the schedule that stands here."""

from torch.optim.lr_scheduler import SWALR
