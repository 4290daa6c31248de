from __future__ import annotations

from lookalike.evaluate.intervals import Interval
from lookalike.evaluate.report.calibrated import Calibrated, CurvePoint
from lookalike.evaluate.report.robustness_section import robustness_section
from lookalike.evaluate.report.verdict_section import verdict_section
from lookalike.evaluate.robustness import Curve, Robustness, Step


def curve(family: str, kept: float, n_queries: int = 20) -> Curve:
    interval = Interval(kept, kept - 0.1, kept + 0.1)
    steps = tuple(Step(severity, f"level {severity}", interval, interval) for severity in (1, 2))
    return Curve(family, "blur", True, n_queries, 0, steps, interval)


def robustness(*curves: Curve) -> Robustness:
    weakest = tuple(one.family for one in sorted(curves, key=lambda one: one.relative.value)[:3])
    return Robustness("r1", "lite0", "recall@1", 20, 9, Interval(0.5, 0.4, 0.6), curves, weakest, 1, 2.0)


def test_families_stand_worst_first_and_the_worst_is_named():
    section = robustness_section(robustness(curve("fog", 0.9), curve("glass_blur", 0.25), curve("crop", 0.6)))
    assert section is not None
    table = str(section.body[1])
    assert table.index("Glass blur") < table.index("Crop") < table.index("Fog")
    assert "glass blur: 25% is kept" in section.lead


def test_families_that_no_query_could_be_corrupted_by_are_left_out():
    section = robustness_section(robustness(curve("fog", 0.9), curve("background", 0.0, n_queries=0)))
    assert section is not None
    assert "Background" not in str(section.body[1])


def test_what_was_not_measured_has_no_section():
    assert robustness_section(None) is None
    assert robustness_section(robustness(curve("fog", 0.9, n_queries=0))) is None
    assert verdict_section(None) is None


def test_a_stored_calibration_is_read_and_drawn_by_rising_error():
    measured = {
        "products": 60,
        "curve": [
            {"error": 0.1, "same_kept": 0.4, "absent_found": 0.2},
            {"error": 0.05, "same_kept": 0.3, "absent_found": 0.1},
        ],
    }
    calibrated = Calibrated.of(0.05, "2026-11-25T12:00:00+00:00", measured)
    assert calibrated == Calibrated(
        0.05, "2026-11-25T12:00:00+00:00", 60, (CurvePoint(0.05, 0.3, 0.1), CurvePoint(0.1, 0.4, 0.2))
    )
    section = verdict_section(calibrated)
    assert section is not None
    assert "promises 5.0%" in section.lead


def test_a_calibration_without_a_curve_is_none():
    assert Calibrated.of(0.05, "2026-11-25", {}) is None
    broken = Calibrated.of(0.05, "2026-11-25", {"products": 3, "curve": [{"error": "much"}]})
    assert broken is not None
    assert verdict_section(broken) is None
