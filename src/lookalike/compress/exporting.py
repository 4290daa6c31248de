"""``export``: a model as a folder for other places, checked to give the vectors that it gives here."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false
from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from lookalike.embed.description import ModelDescription
from lookalike.embed.graph import Graph
from lookalike.embed.model_folder import require_free, write_model_folder
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.embed.opening import hub_reference, model_card, read_model
from lookalike.embed.ort_format import to_ort_format
from lookalike.embed.probe import AGREEMENT, probe_pictures
from lookalike.embed.tensors import finite_unit_rows
from lookalike.errors import InvalidConfiguration, ModelError
from lookalike.evaluate.kept_trials import LEARNED_FILE, learned_products, told_learned

__all__ = ["Exported", "export_model"]

_PAGE = ("embed.js", "index.html")
_RUNTIME = ("ort.wasm.min.js", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes:
        folder: where.
        fingerprint: of the model.
        files: name and bytes of each.
        agreement: by file that is a model, the least cosine with the model's own vectors on the packaged pictures.
        runtime: whether the page has ONNX Runtime Web beside it; None where there is no page.
    """

    folder: str
    fingerprint: str
    files: Mapping[str, int]
    agreement: Mapping[str, float]
    runtime: bool | None

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "folder": self.folder,
            "fingerprint": self.fingerprint,
            "files": dict(self.files),
            "agreement": dict(self.agreement),
            "runtime": self.runtime,
        }


def export_model(
    model: str | Path | None,
    out: Path,
    *,
    phone: bool = False,
    browser: bool = False,
    web_runtime: Path | None = None,
) -> Exported:
    """Write the model into the folder `out`: ONNX, description and card, and what else is asked for.

    Args:
        model: as for `lookalike.embed.open_embedder`; a model of another library is written as ONNX first.
        out: folder, new or empty, or one that holds a model: what is asked for comes beside the same one, and takes
            the place of another.
        phone: also ``model.ort``, the format of ONNX Runtime Mobile.
        browser: also a page, and the module that it uses.
        web_runtime: folder ``dist`` of the npm package ``onnxruntime-web``, whose files the page needs beside it.

    Raises:
        InvalidConfiguration: `out` holds something else, or `web_runtime` is not that folder.
        MissingExtra: a model of another library, without that or without what writes it as ONNX.
        ModelError: an exported file gives other vectors than the model, and is not left there; or the page cannot feed
            the model's graph.
    """
    require_free(out)
    description, file = read_model(model) if hub_reference(model) is None else _translated(str(model))
    if browser:
        _require_fed_by_page(description, file)
    if web_runtime is not None:
        missing = [name for name in _RUNTIME if not (web_runtime / name).is_file()]
        if missing or not browser:
            raise InvalidConfiguration(
                f"--web-runtime must be the folder dist of the npm package onnxruntime-web, and goes with --browser; "
                f"{web_runtime} lacks {', '.join(missing) or 'nothing'}"
            )
    made: dict[str, bytes] = {
        "model.onnx": file,
        "description.json": (json.dumps(description.as_dict(), indent=2, ensure_ascii=False) + "\n").encode(),
    }
    card = model_card(model)
    if card is not None:
        made["CARD.md"] = card.encode()
    if model is not None and not (browser or phone):
        # Whoever can open the page or the app could read the products' ids.
        made |= told_learned(learned_products(Path(model)))
    if phone:
        made["model.ort"] = to_ort_format(file, description.name)
    if browser:
        made |= {name: (resources.files("lookalike.compress") / "browser" / name).read_bytes() for name in _PAGE}
    agreement = {
        name: _agreement(description, file, made[name]) for name in ("model.onnx", "model.ort") if name in made
    }
    wrong = {name: found for name, found in agreement.items() if found < AGREEMENT}
    if wrong:
        raise ModelError(f"exported files give other vectors than {description.name}: least cosine {wrong}")
    if _fingerprint_in(out) == description.fingerprint:
        for name, data in made.items():
            _put(out / name, data)
    else:
        write_model_folder(out, made)
    if web_runtime is not None:
        (out / "ort").mkdir(exist_ok=True)
        for name in _RUNTIME:
            shutil.copyfile(web_runtime / name, out / "ort" / name)
    return Exported(
        str(out),
        description.fingerprint,
        {name: len(data) for name, data in made.items()},
        agreement,
        (web_runtime is not None) if browser else None,
    )


def _put(path: Path, data: bytes) -> None:
    """Write the file beside others of the same model, at once or not at all; what is there already stays as it is."""
    if path.is_file() and (path.name == LEARNED_FILE or path.read_bytes() == data):
        # What training has left of what was learned says more than what is told of it here.
        return
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(data)
    beside.replace(path)


def _translated(model: str) -> tuple[ModelDescription, bytes]:
    """A model of another library as an ONNX file, which gives the same vectors without that library."""
    from lookalike.nets import open_backbone

    net = open_backbone(model)
    import torch

    file = net.to_onnx()
    description = replace(net.description, weights_sha256=hashlib.sha256(file).hexdigest())
    squares = _probes(description)
    with torch.no_grad():
        given = net(torch.from_numpy(squares)).numpy()
    found = OnnxEmbedder(description, file).embed(squares)
    least = float(np.einsum("nd,nd->n", finite_unit_rows(given, description), found, dtype=np.float64).min())
    if least < AGREEMENT:
        raise ModelError(f"{model} gives other vectors where it is written as ONNX: least cosine {least:.4f}")
    return description, file


def _require_fed_by_page(description: ModelDescription, file: bytes) -> None:
    """Refuse for the page what it cannot feed: it gives a graph one picture, as bytes or in float32."""
    (taken,) = Graph(file, description.name).inputs
    if taken.shape[0] not in (None, 1):
        raise ModelError(
            f"{description.name} takes {taken.shape[0]} pictures at a time, and the page of --browser has one: export "
            "the graph again with an open batch axis"
        )
    if description.layout.endswith("float32") and not taken.is_float:
        raise ModelError(
            f"{description.name} takes half precision, and the page of --browser feeds float32: convert it again "
            "with inputs and outputs kept in float32"
        )


def _fingerprint_in(folder: Path) -> str | None:
    """Of the model that lies there; None where there is none that can be told."""
    try:
        return ModelDescription.from_json((folder / "description.json").read_text(encoding="utf-8")).fingerprint
    except (OSError, ValueError):
        return None


def _probes(description: ModelDescription) -> UInt8[np.ndarray, "n size size 3"]:
    apply = description.preprocessing.apply
    return np.stack([apply(pixels) for pixels in probe_pictures()])


def _agreement(description: ModelDescription, file: bytes, exported: bytes) -> float:
    batch = _probes(description)
    first, second = OnnxEmbedder(description, file).embed(batch), OnnxEmbedder(description, exported).embed(batch)
    return float(np.clip(np.einsum("nd,nd->n", first, second, dtype=np.float64).min(), -1.0, 1.0))
