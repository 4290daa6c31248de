"""One call from embeddings and labels to the number that is minimised, with all that it learns and remembers."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import nn

from lookalike.errors import InvalidConfiguration
from lookalike.train.objective.config import ObjectiveConfig
from lookalike.train.objective.losses import loss_of
from lookalike.train.objective.memory import Memory
from lookalike.train.objective.pairs import choose, closeness

__all__ = ["Objective"]


class Objective(nn.Module):
    """What training minimises. Its parameters are its own group in the optimiser, its state is part of a checkpoint.

    The loss is computed in float32 whatever the embeddings are: half precision would overflow at a scale of 64, and the
    library would turn the proxies into it for good.

    Args:
        config: which loss, and how.
        n_products: labels are 0 to this, exclusive.
        dimension: of the embeddings.
        generator: where proxies and class weights start; on the CPU.

    Raises:
        InvalidConfiguration: fewer than two products, which nothing can be learned from.

    Reference:
        ``proxy_anchor``: Kim et al. 2020 (arXiv 2003.13911), eq. 4. ``normalised_softmax``: Zhai & Wu 2019 (arXiv
        1811.12649), eq. 4. ``subcentre_arcface``: Deng et al. 2020 (ECCV), eq. 2, on Deng et al. 2019 (arXiv
        1801.07698). ``triplet``: Schroff et al. 2015 (arXiv 1503.03832), eq. 2, mean over the triplets above
        zero. ``contrastive``: Hadsell, Chopra, LeCun 2006, eq. 4, without squares, means over the pairs above zero.
        ``multi_similarity``: Wang et al. 2019 (arXiv 1904.06627), eq. 10. Memory: Wang
        et al. 2020 (arXiv 1912.06798); the batch is compared with itself and with the memory in one sum, so that an
        empty memory changes nothing.
    """

    n_steps: torch.Tensor

    def __init__(self, config: ObjectiveConfig, *, n_products: int, dimension: int, generator: torch.Generator) -> None:
        super().__init__()
        if n_products < 2:
            raise InvalidConfiguration(
                f"objective: received {n_products} product with pictures to train on, expected at least 2; "
                "check that the labels' column tells products apart"
            )
        self.config = config
        self.n_products = n_products
        self._loss = loss_of(config, n_products=n_products, dimension=dimension, generator=generator)
        self._memory = Memory(config.memory_pictures, dimension) if config.memory_pictures else None
        self.register_buffer("n_steps", torch.zeros((), dtype=torch.int64))

    def forward(
        self, embeddings: Float[torch.Tensor, "n dimension"], labels: Int64[torch.Tensor, " n"]
    ) -> Float[torch.Tensor, ""]:
        """The loss of a batch; in training mode the batch is remembered afterwards, where there is a memory.

        A batch in which nothing counts (no pair violates the margin) gives 0, with gradients of 0.

        Args:
            embeddings: of any length but 0; every similarity normalises them.
            labels: number of each picture's product, 0 to `n_products` exclusive.
        """
        with torch.autocast(embeddings.device.type, enabled=False):
            loss = self._of(embeddings.float(), labels)
        if self.training:
            if self._memory is not None:
                self._memory.remember(embeddings, labels)
            self.n_steps += 1
        return loss

    def _of(self, embeddings: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        config = self.config
        if not config.compares_pictures:
            return self._loss(embeddings, labels)
        references, reference_labels = embeddings, labels
        if self._memory is not None and int(self.n_steps) >= config.memory_start_step:
            earlier, earlier_labels = self._memory.held()
            references = torch.cat([embeddings, earlier.to(embeddings)])
            reference_labels = torch.cat([labels, earlier_labels])
        with torch.no_grad():
            chosen = choose(
                closeness(embeddings, references, config.similarity),
                labels,
                reference_labels,
                miner=config.miner,
                margin=config.margin_used or 0.0,
                triplets=config.loss == "triplet",
            )
        return self._loss(embeddings, labels, chosen, ref_emb=references, ref_labels=reference_labels)
