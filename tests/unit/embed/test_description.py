"""Claims about `lookalike.embed.description`."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable

import pytest

from lookalike.embed.description import ModelDescription

Describe = Callable[..., ModelDescription]


def changed(description: ModelDescription, **keys: object) -> str:
    return json.dumps({**description.as_dict(), **keys})


def test_a_description_survives_being_written_and_read(describe: Describe):
    description = describe(b"")
    assert ModelDescription.from_json(json.dumps(description.as_dict())) == description


@pytest.mark.parametrize("field", ["name", "version", "licence", "source", "features", "runtime", "precision"])
def test_the_fingerprint_ignores_what_does_not_change_vectors(describe: Describe, field: str):
    description = describe(b"")
    other = dataclasses.replace(description, **{field: ("x",) if field == "features" else "other"})
    assert other.fingerprint == description.fingerprint


def test_the_fingerprint_covers_weights_dimension_and_every_field_of_the_preprocessing(describe: Describe):
    description = describe(b"")
    others = [describe(b"other weights"), dataclasses.replace(description, dimension=4)]
    different = {
        "size_pixels": 16, "fit": "pad", "crop_fraction": 0.5, "interpolation": "lanczos", "pad_value": 0,
        "mean": (0.1, 0.2, 0.3), "std": (0.1, 0.2, 0.3),
    }  # fmt: skip
    assert different.keys() == description.preprocessing.as_dict().keys()
    for key, value in different.items():
        preprocessing = dataclasses.replace(description.preprocessing, **{key: value})
        others.append(dataclasses.replace(description, preprocessing=preprocessing))
    assert len({description.fingerprint, *(other.fingerprint for other in others)}) == 1 + len(others)


def test_the_fingerprint_never_changes_for_the_same_facts(describe: Describe):
    # Stored beside every vector: another value for the same facts would make every store unreadable.
    assert describe(b"").fingerprint == "cf6ea90f13463309d7da297e863e5dc7df783d10eb537baac91feb78f506f90a"


def test_a_shorter_vector_is_another_fingerprint_and_only_lengths_that_were_trained_are_given(describe: Describe):
    description = describe(b"", sizes=(2, 4))
    shorter = description.cut_to(2)
    assert shorter.dimension == 2
    assert shorter.fingerprint != description.fingerprint
    assert description.cut_to(description.dimension) == description
    with pytest.raises(ValueError, match="expected one of 2, 4, received 3"):
        description.cut_to(3)
    with pytest.raises(ValueError, match="expected one of none"):
        describe(b"").cut_to(2)


def test_computed_by_records_runtime_and_precision(describe: Describe):
    computed = describe(b"").computed_by("openvino", "bf16")
    assert (computed.runtime, computed.precision) == ("openvino", "bf16")
    assert "runtime" not in computed.as_dict()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"normalise": True}, "unknown key 'normalise'"),
        ({"preprocessing": {"size": 224}}, "preprocessing: unknown key 'size'"),
        ({"preprocessing": {"mean": [0.5]}}, "mean must be three numbers"),
        ({"preprocessing": {"fit": "stretch"}}, "fit must be one of squash, crop, pad"),
        ({"preprocessing": {"size_pixels": "224"}}, "size_pixels must be a number"),
        ({"preprocessing": 3}, "must be an object"),
        ({"dimension": "256"}, "dimension must be an integer"),
        ({"dimension": 0}, "dimension must be 1 to 65536"),
        ({"dimension": True}, "dimension must be an integer"),
        ({"features": "pooled"}, "features must be a list of texts"),
        ({"projection": ["weight"]}, "projection must be two texts"),
        ({"attention": 3}, "attention must be text"),
        ({"sizes": 64}, "sizes must be a list of integers"),
        ({"sizes": [64, 32]}, "sizes must be rising"),
        ({"sizes": [0, 32]}, "sizes must be rising"),
        ({"heads": [64, 32]}, "heads must be a list of pairs"),
        ({"heads": [[2, 0.5], [9, 0.5]]}, "lengths that add up to the dimension"),
        ({"heads": [[1, 0.5], [1, 0.6], [1, 0.1]]}, "shares above 0 that add up to 1"),
        ({"heads": [[1, math.nan], [2, 0.5]]}, "shares above 0 that add up to 1"),
        ({"heads": [[3, 1.0]], "sizes": [2]}, "either heads or sizes"),
        ({"map": None}, "map must be text"),
        ({"layout": "chwn"}, "layout must be one of"),
        ({"name": 3}, "name must be text"),
        ({"name": ""}, "name must not be empty"),
        ({"weights_sha256": "beef"}, "64 lower-case hex digits"),
    ],
)
def test_what_cannot_be_meant_is_refused(describe: Describe, keys: dict[str, object], message: str):
    with pytest.raises(ValueError, match=message):
        ModelDescription.from_json(changed(describe(b""), **keys))


def test_all_problems_are_named_at_once():
    with pytest.raises(ValueError, match=r"unknown key 'nam'.*missing key 'dimension'.*missing key 'name'"):
        ModelDescription.from_json('{"nam": "x"}')


@pytest.mark.parametrize("text", ["[]", "null", "{", "3"])
def test_what_is_no_object_is_refused(text: str):
    with pytest.raises(ValueError):  # noqa: PT011  whatever the JSON reader says
        ModelDescription.from_json(text)
