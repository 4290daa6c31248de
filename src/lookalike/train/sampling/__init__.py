"""Which pictures meet in a batch: P products of K pictures, some from each category, some from each catalogue.

Knows labels alone, no pictures, and no torch.
"""

from lookalike.train.sampling.batches import epoch_batches
from lookalike.train.sampling.config import SamplingConfig
from lookalike.train.sampling.pool import Pool

__all__ = ["Pool", "SamplingConfig", "epoch_batches"]
