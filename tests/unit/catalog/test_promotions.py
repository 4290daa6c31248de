"""Records of promotions say what happened, and outlive the releases that they are about."""

from __future__ import annotations

from lookalike.catalog.catalog import Catalog


def test_what_was_made_live_and_why_is_remembered_in_order(catalog: Catalog) -> None:
    catalog.set_live("r1", "promoted")
    catalog.begin_release(fingerprint="e" * 64, model="other", dimension=8, description={})
    catalog.record_refusal("r2", reason=None, gate={"refused": True})
    catalog.set_live("r2", "forced", reason="the new one is needed", gate={"refused": True})
    catalog.set_live("r1", "rolled_back")
    told = [(one.kind, one.from_release, one.to_release, one.reason) for one in catalog.promotions()]
    assert told == [
        ("promoted", None, "r1", None),
        ("refused", "r1", "r2", None),
        ("forced", "r1", "r2", "the new one is needed"),
        ("rolled_back", "r2", "r1", None),
    ]
    assert catalog.promotions()[2].gate == {"refused": True}
    assert catalog.promotions()[2].as_dict()["to"] == "r2"


def test_a_record_outlives_its_release(catalog: Catalog) -> None:
    catalog.begin_release(fingerprint="e" * 64, model="other", dimension=8, description={})
    catalog.set_live("r2", "promoted")
    catalog.set_live("r1", "rolled_back")
    catalog.drop_release("r2")
    assert [one.to_release for one in catalog.promotions()] == ["r2", "r1"]


def test_a_switch_without_a_kind_leaves_no_record(catalog: Catalog) -> None:
    catalog.set_live("r1")
    assert catalog.promotions() == ()
