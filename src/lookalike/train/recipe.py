"""What each mode starts from: values that were measured to win without a flag."""

from __future__ import annotations

from lookalike.embed import describe_model
from lookalike.errors import ModelError
from lookalike.train.config import (
    GeneralConfig,
    HeadConfig,
    Mode,
    ModelConfig,
    OptimiserConfig,
    SamplingConfig,
    ScheduleConfig,
    StoppingConfig,
    TrainingConfig,
)
from lookalike.train.retention import DRAWN

__all__ = ["recipe"]

_DEPTHS = ("stage28", "stage14", "features")


def recipe(mode: Mode, init: str | None = None) -> TrainingConfig:
    """The configuration of `mode` before anybody changed it.

    ``head``: average-pooled features of three depths, a linear map that starts from their whitened principal
    components, minutes on two cores. Chosen on photographs and on products held out of the grocery training data: with
    the last depth alone, unseen products got worse; higher rates of the head gained for products seen and lost for
    others. ``full``: generalised mean of the last features, 512 values, Proxy-Anchor, 1,600 steps of 32 products with 4
    pictures each: the reference runs of the project. ``adapter``: the same with ten times the rate for what is added.

    Args:
        mode: what learns.
        init: model to start from; one that does not name three depths gives its last alone.
    """
    if mode == "head":
        return TrainingConfig(
            model=ModelConfig(mode="head", views=4),
            head=HeadConfig(features=_depths(init)),
            sampling=SamplingConfig(n_products=64, n_pictures=4),
            optimiser=OptimiserConfig(head_rate=1e-3, objective_rate=3e-2),
            schedule=ScheduleConfig(epochs=40),
            stopping=StoppingConfig(patience=6, every=2),
            general=GeneralConfig(measured_on=DRAWN),
        )
    return TrainingConfig(
        model=ModelConfig(mode=mode, views=4),
        head=HeadConfig(dimension=512, pooling=("generalised-mean",)),
        optimiser=OptimiserConfig(backbone_rate=1e-3 if mode == "adapter" else 1e-4),
        schedule=ScheduleConfig(steps=1600),
        stopping=StoppingConfig(every=2),
        general=GeneralConfig(measured_on=DRAWN),
    )


def _depths(init: str | None) -> tuple[str, ...]:
    """The depths that a head is put on."""
    try:
        named = describe_model(init).features
    except ModelError:
        # An ONNX file or a model of another library: what it holds is known when it is opened.
        named = ()
    return _DEPTHS if set(_DEPTHS) <= set(named) else _DEPTHS[-1:]
