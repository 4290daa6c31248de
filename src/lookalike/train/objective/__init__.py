"""What training minimises: the one door to pytorch-metric-learning. Importing this package does not import torch.

Use::

    from lookalike.train.objective.objective import Objective  # imports torch

    objective = Objective(config, n_products=81, dimension=512, generator=torch.Generator().manual_seed(7))
    optimiser = AdamW([{"params": net.parameters(), "lr": 1e-4}, {"params": objective.parameters(), "lr": 1e-2}])
    loss = objective(embeddings, labels)   # (n, dimension) float, (n,) int64 in 0 … n_products - 1; a scalar
    checkpoint = {"objective": objective.state_dict()}   # proxies, and the memory with its place in it
"""

from lookalike.train.objective.config import LossName, MinerName, ObjectiveConfig, Similarity

__all__ = ["LossName", "MinerName", "ObjectiveConfig", "Similarity"]
