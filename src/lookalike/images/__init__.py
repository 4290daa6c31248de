"""Bytes -> checked RGB pixels, and what is made of pixels before a model sees them."""

from lookalike.images.decode import Picture, decode
from lookalike.images.duplicates import near_duplicates
from lookalike.images.fingerprint import content_sha256, hamming_distance, perceptual_hash
from lookalike.images.kept import normalised_copy
from lookalike.images.limits import ImageLimits
from lookalike.images.preprocessing import Preprocessing
from lookalike.images.regions import crop, encode_jpeg, scaled_box, thumbnail

__all__ = [
    "ImageLimits",
    "Picture",
    "Preprocessing",
    "content_sha256",
    "crop",
    "decode",
    "encode_jpeg",
    "hamming_distance",
    "near_duplicates",
    "normalised_copy",
    "perceptual_hash",
    "scaled_box",
    "thumbnail",
]
