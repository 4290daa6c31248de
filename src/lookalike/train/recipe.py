"""What each mode starts from: values that were measured to win without a flag."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

from lookalike.embed import describe_model
from lookalike.errors import ModelError
from lookalike.train.config import (
    AugmentationConfig,
    GeneralConfig,
    HeadConfig,
    Mode,
    ModelConfig,
    ObjectiveConfig,
    OptimiserConfig,
    SamplingConfig,
    ScheduleConfig,
    StoppingConfig,
    TrainingConfig,
)
from lookalike.train.general import DRAWN

__all__ = ["RECIPES", "RecipeName", "named_recipe", "recipe"]

RecipeName = Literal["signs", "upper-layers"]
RECIPES: tuple[RecipeName, ...] = get_args(RecipeName)

_SIGNS = TrainingConfig(
    model=ModelConfig(mode="head", views=4, fit="pad"),
    head=HeadConfig(features=("stage14", "features"), pooling=("grid",), grid=(7, 3)),
    objective=ObjectiveConfig(loss="normalised_softmax", scale=16.0),
    sampling=SamplingConfig(n_products=256, n_pictures=1, cover_kinds=False),
    augmentation=AugmentationConfig(
        crop_area=(1.0, 1.0),
        crop_aspect=1.0,
        flip="never",
        rotation_degrees=8.0,
        shift=0.08,
        scale=(0.6, 1.1),
        perspective=0.15,
        geometry_probability=1.0,
        beyond="background",
        saturation=0.4,
        hue_degrees=8.0,
        colour_probability=0.9,
        blur_probability=0.2,
        jpeg_probability=0.2,
        erasing_probability=0.1,
        erasing_area=(0.02, 0.08),
        background_probability=1.0,
        background_detail=1.0,
        fade_probability=0.3,
        shade_probability=0.3,
        night_probability=0.2,
        motion_probability=0.2,
        small_probability=0.7,
        noise_probability=0.3,
    ),
    optimiser=OptimiserConfig(head_rate=3e-4, objective_rate=1e-2),
    schedule=ScheduleConfig(epochs=30),
    stopping=StoppingConfig(held_out=0.0, refit=False),
    general=GeneralConfig(share=0.4),
)

_DEPTHS = ("stage28", "stage14", "features")


def named_recipe(name: RecipeName) -> TrainingConfig:
    """The configuration of a ready-made recipe.

    ``signs``: road signs and other plates, of which a catalogue has one drawing each. Every drawing is a class of its
    own, and what is learned from are variations that look like photographs of it in the street. A mirror image is
    another sign, so cells of the maps are kept apart (`lookalike.nets.pooling.GridPooling`) and nothing is mirrored;
    a tall or wide sign is seen whole (``pad``). The initial model keeps a share: cells of a map are lost where a
    photograph has a wide margin, and its mean over all places is not. Nothing is held out: a drawing alone
    cannot be asked for.

    ``upper-layers``: on a processor, the layers above `stage14` of the packaged model, on what those below give of six
    variations of each picture. As ``full``, but for 600 steps, and its head starts where what changes within a product
    counts less: estimated above the usual start, no difference shown (`benchmarks/reference_recipe.py`).

    Args:
        name: of the recipe.
    """
    match name:
        case "signs":
            return _SIGNS
        case "upper-layers":
            full = recipe("full")
            return replace(
                full,
                model=replace(full.model, freeze="stage14", views=6),
                head=replace(full.head, start="within-whitening", shrinkage=0.2),
                schedule=replace(full.schedule, steps=600),
            )


def recipe(mode: Mode, init: str | None = None, *, unlabelled: bool = False) -> TrainingConfig:
    """The configuration of `mode` before anybody changed it.

    ``head``: average-pooled features of three depths, a linear map that starts where what changes within a product
    counts less, and a few epochs from there, minutes on two cores. Chosen on photographs and on products withheld of
    groceries (`benchmarks/head_starts.py`), and on products held out of appliances and drawn ones: from whitened
    principal components it took four times as many epochs, and products that were held out of smaller catalogues were
    found less well than before; with less shrinkage pages of products seen were found better, and of others worse; with
    the last depth alone unseen products got worse. ``full``: generalised mean of the last features, 512 values,
    Proxy-Anchor, 1,600 steps of 32 products with 4 pictures each: the reference runs of the project. ``adapter``: the
    same with ten times the rate for what is added. Both keep 0.3 of the initial model's similarity: products that were
    not learned from are found less well without.

    Args:
        mode: what learns.
        init: model to start from; one that does not name three depths gives its last alone.
        unlabelled: whether each picture is a thing of its own. The head is then fitted in closed form, what changes
            between looks of a picture counting less, and no step is taken: telling pictures apart pushes those of one
            product apart too (`benchmarks/unlabelled.py`).
    """
    if mode == "head" and unlabelled:
        return TrainingConfig(
            model=ModelConfig(mode="head", views=0),
            head=HeadConfig(features=_depths(init), start="within-whitening"),
            optimiser=OptimiserConfig(head_rate=0.0),
            schedule=ScheduleConfig(steps=1),
            general=GeneralConfig(measured_on=DRAWN),
        )
    if mode == "head":
        return TrainingConfig(
            model=ModelConfig(mode="head", views=4),
            head=HeadConfig(features=_depths(init), start="within-whitening", shrinkage=0.4),
            sampling=SamplingConfig(n_products=64, n_pictures=4),
            optimiser=OptimiserConfig(head_rate=1e-3, objective_rate=3e-2),
            schedule=ScheduleConfig(epochs=10),
            stopping=StoppingConfig(patience=6, every=2),
            general=GeneralConfig(measured_on=DRAWN),
        )
    return TrainingConfig(
        model=ModelConfig(mode=mode, views=4),
        head=HeadConfig(dimension=512, pooling=("generalised-mean",)),
        optimiser=OptimiserConfig(backbone_rate=1e-3 if mode == "adapter" else 1e-4),
        schedule=ScheduleConfig(steps=1600),
        stopping=StoppingConfig(every=2),
        general=GeneralConfig(share=0.3, measured_on=DRAWN),
    )


def _depths(init: str | None) -> tuple[str, ...]:
    """The depths that a head is put on."""
    try:
        named = describe_model(init).features
    except ModelError:
        # An ONNX file or a model of another library: what it holds is known when it is opened.
        named = ()
    return _DEPTHS if set(_DEPTHS) <= set(named) else _DEPTHS[-1:]
