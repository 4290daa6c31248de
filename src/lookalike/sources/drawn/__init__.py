"""The demo catalogue that Lookalike draws itself: products, query photographs and scenes with exact ground truth.

Everything is modelled in three dimensions and rendered with NumPy and Pillow alone; nothing is downloaded. The same
seed gives the same bytes, item by item, however many are drawn.
"""

from lookalike.sources.drawn.catalogue import DrawnCatalogue, Progress, draw_catalogue
from lookalike.sources.drawn.product import DrawnProduct, DrawnVariant, draw_product, draw_titles, product_spec
from lookalike.sources.drawn.query import LEVELS, DrawnQuery, Level, draw_query
from lookalike.sources.drawn.scene import SCENE_KINDS, DrawnScene, SceneObject, draw_scene
from lookalike.sources.drawn.studio import Viewpoint

__all__ = [
    "LEVELS",
    "SCENE_KINDS",
    "DrawnCatalogue",
    "DrawnProduct",
    "DrawnQuery",
    "DrawnScene",
    "DrawnVariant",
    "Level",
    "Progress",
    "SceneObject",
    "Viewpoint",
    "draw_catalogue",
    "draw_product",
    "draw_query",
    "draw_scene",
    "draw_titles",
    "product_spec",
]
