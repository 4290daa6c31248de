"""Claims about `lookalike.video.tone`: what was drawn in sRGB and coded in PQ or HLG comes back as it was drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clips import av, mottled
from lookalike.video import ClipReading
from lookalike.video.tone import BT709_PRIMARIES, HLG, PQ, toned

WHITE = 203.0
TO_2020 = np.asarray([[0.627404, 0.329283, 0.043313], [0.069097, 0.919540, 0.011362], [0.016391, 0.088013, 0.895595]])
BT2020 = 9


def light_of(srgb: np.ndarray) -> np.ndarray:
    """In cd/m², BT.2020."""
    share = srgb / 255.0
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear @ TO_2020.T * WHITE


def coded(light: np.ndarray, transfer: int) -> np.ndarray:
    """The formulas of BT.2100 from light to signal, the other way round than they are used."""
    if transfer == PQ:
        powered = (light / 10_000) ** 0.1593017578125
        signal = ((0.8359375 + 18.8515625 * powered) / (1 + 18.6875 * powered)) ** 78.84375
    else:
        shown = light / 1000
        luma = (shown @ np.asarray([0.2627, 0.6780, 0.0593]))[:, :, None]
        scene = shown * np.where(luma > 0, np.maximum(luma, 1e-9) ** (1 / 1.2 - 1), 0)
        bright = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
        signal = np.where(scene <= 1 / 12, np.sqrt(3 * scene), bright)
    return np.rint(np.clip(signal, 0, 1) * 65_535).astype(np.uint16)


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_what_is_no_brighter_than_paper_comes_back_as_it_was(transfer: int) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    found = toned(coded(light_of(picture), transfer), transfer, BT2020)
    assert np.abs(found.astype(int) - picture.astype(int)).max() <= 1


def test_what_is_brighter_than_paper_keeps_its_hue() -> None:
    bright = light_of(np.full((1, 1, 3), (200, 100, 50), dtype=np.uint8)) * 4
    found = toned(coded(bright, PQ), PQ, BT2020)[0, 0].astype(int)
    assert found[0] == 255
    assert np.abs(light_of(found[None, None]) / bright - (light_of(found[None, None]) / bright).mean()).max() < 0.01


def test_primaries_that_are_those_of_srgb_are_left_alone() -> None:
    green = np.zeros((1, 1, 3), dtype=np.uint16)
    green[:, :, 1] = 30_000
    assert toned(green, PQ, BT709_PRIMARIES)[0, 0].tolist()[::2] == [0, 0]


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_a_clip_of_high_dynamic_range_is_seen_as_it_was_drawn(tmp_path: Path, transfer: int) -> None:
    picture = mottled(3)
    signal = coded(light_of(picture), transfer)
    path = tmp_path / "bright.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.height, stream.width = picture.shape[:2]
        stream.pix_fmt = "yuv420p10le"
        context = stream.codec_context
        context.color_trc, context.color_primaries, context.colorspace, context.color_range = transfer, BT2020, 9, 1
        for number in range(10):
            full = av.VideoFrame.from_ndarray(signal, format="rgb48le")
            frame = full.reformat(format="yuv420p10le", dst_colorspace="BT2020", dst_color_range="MPEG")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    (found,) = ClipReading(path)
    assert np.abs(found.pixels.astype(int) - picture.astype(int)).mean() < 4  # more than 15 as it is coded
