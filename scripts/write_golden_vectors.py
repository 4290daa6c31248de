"""Write the golden vectors of the packaged default model; run it after exporting the model, and say why in the commit.

python scripts/write_golden_vectors.py tests/unit/embed/golden_lite0.npy
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from lookalike.embed import open_embedder
from lookalike.embed.probe import probe_pictures

if __name__ == "__main__":
    embedder = open_embedder()
    apply = embedder.description.preprocessing.apply
    np.save(Path(sys.argv[1]), embedder.embed(np.stack([apply(pixels) for pixels in probe_pictures()])))
    print(embedder.description.fingerprint)
