"""Several products in one photograph: where they are, and what each of them is.

Feeds on photographs and on the searcher of the room around it. Which things there are is asked of a `Detector`; the
default one needs nothing but the packaged model.
"""

from lookalike.search.scenes.detector import Detections, Detector

__all__ = ["Detections", "Detector"]
