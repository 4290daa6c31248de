"""Views of a picture as a shopper's camera might have taken it: for training the default model.

A product page's white is replaced by a piece of another photograph, so that a picture of the shop and a photograph of
the same thing stand for one another. All randomness comes from the generator handed in.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageFilter
from scipy import ndimage

SIDE = 224
LOADED_SIDE = 288
_WHITE = 236


def load(path: object) -> Image.Image:
    """Upright enough for these sets: RGB on white, shorter side at most 288 pixels."""
    image = Image.open(path)
    if image.mode in ("RGBA", "LA", "P"):
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255,) * 4)
        white.alpha_composite(image)
        image = white
    image = image.convert("RGB")
    scale = LOADED_SIDE / min(image.size)
    if scale < 1:
        size = (round(image.width * scale), round(image.height * scale))
        image = image.resize(size, Image.Resampling.BICUBIC)
    return image


def another_view(image: Image.Image, generator: np.random.Generator, backgrounds: list[Image.Image]) -> np.ndarray:
    """One view, shape (224, 224, 3), uint8: moved, put elsewhere, relit, partly hidden, worn by a camera."""
    pixels = np.asarray(image)
    outside = _outside(pixels) if generator.random() < 0.7 else None
    if outside is not None and not 0.1 < outside.mean() < 0.95:
        outside = None
    placement = _placement(image, generator)
    corners = pixels[[0, 0, -1, -1], [0, -1, 0, -1]].mean(0)
    view = image.transform(
        (SIDE, SIDE),
        Image.Transform.PERSPECTIVE,
        placement,
        Image.Resampling.BICUBIC,
        fillcolor=tuple(int(value) for value in corners),
    )
    if outside is not None:
        inside = Image.fromarray((~outside).astype(np.uint8) * 255).transform(
            (SIDE, SIDE), Image.Transform.PERSPECTIVE, placement, Image.Resampling.BILINEAR, fillcolor=0
        )
        view = Image.composite(view, _background(generator, backgrounds), inside.filter(ImageFilter.GaussianBlur(1)))
    return _worn(_hidden(_relit(view, generator), generator), generator)


def _outside(pixels: np.ndarray) -> np.ndarray:
    """Nearly white pixels that hang together with the border."""
    labels, _ = ndimage.label(pixels.min(2) > _WHITE)
    border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    return np.isin(labels, border[border > 0])


def _placement(image: Image.Image, generator: np.random.Generator) -> tuple[float, ...]:
    """Eight numbers of the homography from the view to the picture."""
    width, height = image.size
    side = min(width, height)
    scale = np.exp(generator.uniform(np.log(0.62), np.log(1.25))) * max(
        1.0, (max(width, height) / side) ** generator.uniform(0, 1)
    )
    tilted = generator.random() < 0.85
    angle = np.deg2rad(generator.normal(0, 14)) if tilted else generator.uniform(-np.pi, np.pi)
    stretch = np.exp(generator.normal(0, 0.08))
    cosine, sine = np.cos(angle), np.sin(angle)
    reach = side * max(scale, 0.6)
    affine = np.eye(3)
    affine[:2, :2] = np.array([[cosine * stretch, -sine], [sine, cosine / stretch]]) * side * scale / SIDE
    affine[:2, 2] = [
        width / 2 + generator.uniform(-0.12, 0.12) * reach,
        height / 2 + generator.uniform(-0.12, 0.12) * reach,
    ]
    centred, perspective = np.eye(3), np.eye(3)
    centred[:2, 2] = -SIDE / 2
    perspective[2, :2] = generator.normal(0, 0.0006, 2)
    homography = affine @ perspective @ centred
    return tuple((homography / homography[2, 2]).ravel()[:8])


def _background(generator: np.random.Generator, backgrounds: list[Image.Image]) -> Image.Image:
    if generator.random() >= 0.8:
        return Image.new("RGB", (SIDE, SIDE), tuple(int(value) for value in generator.integers(0, 256, 3)))
    chosen = backgrounds[generator.integers(len(backgrounds))]
    side = generator.integers(100, min(chosen.size) + 1)
    left = generator.integers(0, chosen.width - side + 1)
    top = generator.integers(0, chosen.height - side + 1)
    piece = chosen.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    if generator.random() < 0.5:
        piece = piece.filter(ImageFilter.GaussianBlur(generator.uniform(1, 5)))
    return piece


def _relit(view: Image.Image, generator: np.random.Generator) -> np.ndarray:
    """Gamma, exposure, white balance, contrast, saturation and a gradient of light; values about 0 to 1."""
    light = np.asarray(view, np.float32) / 255
    light = np.clip(light, 0, 1) ** np.exp(generator.normal(0, 0.25))
    light = light * np.exp(generator.normal(0, 0.18)) * np.exp(generator.normal(0, 0.06, 3))
    mean = light.mean()
    light = (light - mean) * np.exp(generator.normal(0, 0.2)) + mean
    grey = light.mean(2, keepdims=True)
    light = grey + (light - grey) * np.exp(generator.normal(0, 0.25))
    if generator.random() < 0.2:
        down, right = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
        towards = generator.uniform(0, 2 * np.pi)
        slope = np.cos(towards) * right + np.sin(towards) * down
        light = light * (1 + 0.35 * generator.random() * slope)[..., None]
    return light


def _hidden(light: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    if generator.random() < 0.35:
        for _ in range(generator.integers(1, 3)):
            height, width = generator.integers(20, 90, 2)
            top, left = generator.integers(0, SIDE - height), generator.integers(0, SIDE - width)
            plain = generator.random() < 0.6
            light[top : top + height, left : left + width] = (
                generator.random(3) if plain else generator.random((height, width, 3))
            )
    return light


def _worn(light: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Low resolution or blur, noise, JPEG."""
    view = Image.fromarray((np.clip(light, 0, 1) * 255).astype(np.uint8))
    if generator.random() < 0.25:
        side = int(generator.integers(60, 150))
        view = view.resize((side, side), Image.Resampling.BILINEAR).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    elif generator.random() < 0.3:
        view = view.filter(ImageFilter.GaussianBlur(generator.uniform(0.5, 2)))
    if generator.random() < 0.3:
        noisy = np.asarray(view, np.float32) + generator.normal(0, generator.uniform(3, 18), (SIDE, SIDE, 3))
        view = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))
    if generator.random() < 0.4:
        buffer = io.BytesIO()
        view.save(buffer, "JPEG", quality=int(generator.integers(20, 80)))
        view = Image.open(buffer).convert("RGB")
    return np.asarray(view)
