"""What each mode starts from: values that were measured to win without a flag."""

from __future__ import annotations

from lookalike.train.config import (
    HeadConfig,
    Mode,
    ModelConfig,
    OptimiserConfig,
    SamplingConfig,
    ScheduleConfig,
    StoppingConfig,
    TrainingConfig,
)

__all__ = ["recipe"]


def recipe(mode: Mode) -> TrainingConfig:
    """The configuration of `mode` before anybody changed it.

    ``head``: average-pooled features of three depths, a linear map that starts from their whitened principal
    components, some minutes on two cores. ``full`` and ``adapter``: generalised mean of the last features, all layers.
    """
    match mode:
        case "head":
            return TrainingConfig(
                model=ModelConfig(mode="head", views=4),
                head=HeadConfig(features=("stage28", "stage14", "features")),
                sampling=SamplingConfig(n_products=64, n_pictures=4),
                optimiser=OptimiserConfig(head_rate=1e-3, objective_rate=3e-2),
                schedule=ScheduleConfig(epochs=40),
                stopping=StoppingConfig(patience=6, every=2),
            )
        case "adapter":
            return TrainingConfig(model=ModelConfig(mode=mode), optimiser=OptimiserConfig(backbone_rate=1e-3))
        case "full":
            return TrainingConfig(model=ModelConfig(mode=mode))
