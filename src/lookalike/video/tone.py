"""Frames of high dynamic range as people see them on an ordinary screen: PQ and HLG to sRGB.

What shines like white paper, 203 cd/m², becomes white, as on the pictures of a catalogue; what shines more keeps its
hue and becomes as bright as the screen goes. Up to there nothing is bent, so that colours of products stay as they are.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from jaxtyping import Float32, UInt16

from lookalike.types import Pixels

__all__ = ["BT709_PRIMARIES", "HLG", "PQ", "toned"]

PQ: Final = 16
HLG: Final = 18
BT709_PRIMARIES: Final = 1
"""Transfer characteristics and primaries as files number them (ITU-T H.273, tables 2 and 3)."""

_WHITE: Final = 203.0
_HLG_PEAK: Final = 1000.0
_HLG_GAMMA: Final = 1.2
_LUMA_2020: Final = np.asarray([0.2627, 0.6780, 0.0593], dtype=np.float32)
_TO_709: Final = np.asarray(
    [[1.660491, -0.587641, -0.072850], [-0.124550, 1.132900, -0.008349], [-0.018151, -0.100579, 1.118730]],
    dtype=np.float32,
)
_LEVELS: Final = 65_536


def toned(coded: UInt16[np.ndarray, "height width 3"], transfer: int, primaries: int) -> Pixels:
    """sRGB of a frame whose red, green and blue are coded in PQ or HLG.

    Args:
        coded: full range: 65,535 is the most that can be coded.
        transfer: `PQ` or `HLG`.
        primaries: `BT709_PRIMARIES`; any other is taken for those of BT.2020, which go with both.

    Reference:
        ITU-R BT.2100-2, tables 4 and 5 (a screen of 1,000 cd/m² for HLG); BT.2408-5, white at 203 cd/m²; BT.2087.
    """
    light = _linear(transfer)[coded]
    if transfer == HLG:
        scene = (light @ _LUMA_2020)[:, :, None]
        light = light * np.power(np.maximum(scene, 1e-6), _HLG_GAMMA - 1.0, dtype=np.float32) * _HLG_PEAK
    light /= np.float32(_WHITE)
    if primaries != BT709_PRIMARIES:
        light = light @ _TO_709.T
    light = np.maximum(light, 0.0)
    light /= np.maximum(light.max(axis=2, keepdims=True), 1.0)
    shown = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    return np.rint(255.0 * shown).astype(np.uint8)


@cache
def _linear(transfer: int) -> Float32[np.ndarray, " levels"]:
    """Of each level: of PQ the light in cd/m², of HLG that of the scene, 0 to 1."""
    coded = np.linspace(0.0, 1.0, _LEVELS)
    if transfer == HLG:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        light = np.where(coded <= 0.5, coded**2 / 3, (np.exp((coded - c) / a) + b) / 12)
    else:
        m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
        powered = coded ** (1 / m2)
        light = 10_000.0 * (np.maximum(powered - c1, 0.0) / (c2 - c3 * powered)) ** (1 / m1)
    return light.astype(np.float32)
