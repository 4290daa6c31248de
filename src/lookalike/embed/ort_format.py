"""An ONNX model in ONNX Runtime's own format, which its mobile builds read without the ONNX parser."""

from __future__ import annotations

import tempfile
from pathlib import Path

from lookalike.embed.onnx_embedder import onnx_errors
from lookalike.errors import ModelDamaged

__all__ = ["to_ort_format"]


def to_ort_format(model: bytes, name: str) -> bytes:
    """The model as a ``.ort`` file, with the optimisations that hold on every processor.

    Args:
        model: bytes of an ONNX file, weights inside.
        name: of the model, for the message.

    Raises:
        ModelDamaged: ONNX Runtime cannot open it.
    """
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.ort"
        settings = onnxruntime.SessionOptions()
        settings.log_severity_level = 3
        settings.optimized_model_filepath = str(path)
        # Layouts for one processor are the last level, and would bind the file to it.
        settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        settings.add_session_config_entry("session.save_model_format", "ORT")
        try:
            onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
        except onnx_errors() as error:
            raise ModelDamaged(f"{name}: ONNX Runtime cannot open the model: {error}") from error
        return path.read_bytes()
