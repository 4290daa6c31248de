"""Pictures varied for training, in batches, on whatever device they are. Importing this package does not import torch.

Use::

    from lookalike.train.augmentation.augmenter import Augmenter  # imports torch

    augmenter = Augmenter(config, size_pixels=224, seed=7, mirror=True)
    batch = augmenter(pictures, rows, epoch=3)          # uint8 (n, h, w, 3) tensor -> uint8 (n, 224, 224, 3)
    batch = augmenter(pictures, rows, epoch=3, outlines=outlines)   # uint8 (n, h, w), 255 on the object

`rows` are the pictures' numbers in the training set: what happens to a picture depends on seed, epoch and its number
alone, not on the batch it is in.
"""

from lookalike.train.augmentation.config import AugmentationConfig, Beyond, Flip

__all__ = ["AugmentationConfig", "Beyond", "Flip"]
