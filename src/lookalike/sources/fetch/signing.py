"""Addresses that carry a signature: which parts of their query are new each time and open what they name.

Storage signs addresses so that whoever has one may fetch the picture, mostly for some hours. The picture is called by
what is left without the signature, the same in each feed; and nobody who reads that name can fetch by it.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote

__all__ = ["without_signature"]


def _schemes() -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """For each way of signing: the parameters that tell it, and all that belong to it."""
    told_by_all = (
        # Amazon S3 and what speaks like it, Google Cloud Storage, Alibaba OSS, Tencent COS, Volcengine
        ("x-amz-signature", "algorithm credential date expires security-token signedheaders content-sha256", "x-amz-"),
        ("x-goog-signature", "algorithm credential date expires signedheaders", "x-goog-"),
        ("x-oss-signature", "signature-version credential date expires security-token additional-headers", "x-oss-"),
        ("q-signature", "sign-algorithm ak sign-time key-time header-list url-param-list", "q-"),
        ("x-signature", "expires", "x-"),
        # the same in their older forms, Huawei OBS, CloudFront
        ("signature awsaccesskeyid", "expires x-amz-security-token", ""),
        ("signature googleaccessid", "expires", ""),
        ("signature ossaccesskeyid", "expires security-token", ""),
        ("signature accesskeyid", "expires x-obs-security-token", ""),
        ("signature key-pair-id", "expires policy", ""),
        # Azure, Facebook, Cloudflare, imgix, Bunny, Qiniu, Akamai, Alibaba's and Upyun's networks
        ("sig sv", "ss srt st se sr sp sip spr si sdd saoid suoid scid skoid sktid skt ske sks skv", ""),
        ("oh oe", "_nc_ohc _nc_oc _nc_gid _nc_zt", ""),
        ("sig exp", "", ""),
        ("s expires", "", ""),
        ("token expires", "token_path token_ver", ""),
        ("e token", "", ""),
        *((name, "", "") for name in ("hdnea", "hdnts", "hdntl", "__token__", "auth_key", "_upt")),
    )
    return tuple(
        (told := frozenset(telling.split()), told | {f"{prefix}{name}" for name in others.split()})
        for telling, others, prefix in told_by_all
    )


_SCHEMES: Final = _schemes()


def without_signature(location: str) -> str:
    """`location` without the parameters of a signature where it is an http or https URL with one; else as it is."""
    place, mark, rest = location.partition("?")
    if not mark or place.partition("://")[0].strip().lower() not in ("http", "https"):
        return location
    query, hash_sign, fragment = rest.partition("#")
    parts = query.split("&")
    names = [unquote(part.removeprefix("amp;").partition("=")[0]).lower() for part in parts]
    signing = frozenset[str]().union(*(whole for told, whole in _SCHEMES if told.issubset(names)))
    if not signing:
        return location
    kept = "&".join(part for part, name in zip(parts, names, strict=True) if name not in signing)
    return f"{place}{'?' if kept else ''}{kept}{hash_sign}{fragment}"
