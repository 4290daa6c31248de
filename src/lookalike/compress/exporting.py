"""``export``: a model as a folder for other places, checked to give the vectors that it gives here."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from lookalike.embed.description import ModelDescription
from lookalike.embed.model_folder import require_free, write_model_folder
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.embed.opening import model_card, read_model
from lookalike.embed.ort_format import to_ort_format
from lookalike.embed.probe import AGREEMENT, probe_pictures
from lookalike.errors import InvalidConfiguration, ModelError

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
        model: as for `lookalike.embed.open_embedder`, but not a model of another library.
        out: folder, new or empty, or one that holds a model: what is asked for comes beside the same one, and takes
            the place of another.
        phone: also ``model.ort``, the format of ONNX Runtime Mobile.
        browser: also a page, and the module that it uses.
        web_runtime: folder ``dist`` of the npm package ``onnxruntime-web``, whose files the page needs beside it.

    Raises:
        InvalidConfiguration: `out` holds something else, or `web_runtime` is not that folder.
        ModelError: an exported file gives other vectors than the model; it is not left there.
    """
    require_free(out)
    description, file = read_model(model)
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
            (out / name).write_bytes(data)
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


def _fingerprint_in(folder: Path) -> str | None:
    """Of the model that lies there; None where there is none that can be told."""
    try:
        return ModelDescription.from_json((folder / "description.json").read_text(encoding="utf-8")).fingerprint
    except (OSError, ValueError):
        return None


def _agreement(description: ModelDescription, file: bytes, exported: bytes) -> float:
    apply = description.preprocessing.apply
    batch = np.stack([apply(pixels) for pixels in probe_pictures()])
    first, second = OnnxEmbedder(description, file).embed(batch), OnnxEmbedder(description, exported).embed(batch)
    return float(np.clip(np.einsum("nd,nd->n", first, second, dtype=np.float64).min(), -1.0, 1.0))
