"""What happens to photographs before anybody sees them: noise, blur, weather, light, compression, framing, occlusion.

Each corruption takes upright sRGB pixels, a severity and a generator, and gives pixels of the same size and type; the
same generator state gives the same pixels. Written for measuring how a model stands them, in numpy and Pillow.
"""

from lookalike.images.corruptions.family import FAMILIES, Family, family_named
from lookalike.images.corruptions.phone import phone_photograph

__all__ = ["FAMILIES", "Family", "family_named", "phone_photograph"]
