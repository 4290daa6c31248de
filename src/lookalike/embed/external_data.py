"""ONNX files whose weights lie in other files: found in the bytes, and refused.

A fingerprint is taken of one file. Weights beside it would not be covered, and what runs the bytes of a model looks for
them in the folder that the process happens to work in.
"""

from __future__ import annotations

from lookalike.embed.protobuf import fields, text
from lookalike.errors import ModelDamaged

__all__ = ["external_files", "require_weights_inside"]

# Field numbers of onnx.proto3: what holds tensors, and in which of its fields.
_MODEL_GRAPH = 7
_HOLDS = {
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 10: "tensor", 6: "graph", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "external"},
    "external": {},
}
_KEY, _VALUE = 1, 2


def external_files(model: bytes) -> tuple[str, ...]:
    """Locations at which tensors of an ONNX file lie outside of it, each once; none of what is no ONNX file."""
    found: dict[str, None] = {}
    # A list of what is still to be read, not recursion: graphs within graphs may be as deep as somebody wishes.
    waiting: list[tuple[str, memoryview]] = []
    try:
        waiting += [("graph", content) for number, content, _ in fields(memoryview(model)) if number == _MODEL_GRAPH]
        while waiting:
            kind, message = waiting.pop()
            if kind == "external" and text(message, _KEY) == "location":
                found[text(message, _VALUE) or ""] = None
            held = _HOLDS[kind]
            waiting += [(held[number], content) for number, content, _ in fields(message) if number in held]
    except ValueError:
        return ()
    return tuple(found)


def require_weights_inside(model: bytes, name: str) -> None:
    """Refuse an ONNX file with weights outside of it.

    Args:
        model: bytes of the file.
        name: of the model, for the message.

    Raises:
        ModelDamaged: weights lie in another file.
    """
    outside = external_files(model)
    if outside:
        first, *others = outside
        more = f" and {len(others)} more" if others else ""
        raise ModelDamaged(
            f"{name}: weights lie in another file, {first!r}{more}, expected all of them inside: write it as one "
            "with `onnx.save(onnx.load(FILE), NEW_FILE)`, or export it with "
            "`torch.onnx.export(..., external_data=False)`"
        )
