"""Addresses that carry a signature: which parts of their query are new each time and open what they name.

Storage signs addresses so that whoever has one may fetch the picture, mostly for some hours. The picture is called by
what is left without the signature, the same in each feed; and nobody who reads that name can fetch by it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import unquote

__all__ = ["may_be_named_by_token", "names_of", "without_signature"]


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
# Of these schemes the parameters are called what many a program calls its own.
_PLAIN: Final = (
    frozenset({"sig", "exp"}),
    frozenset({"s", "expires"}),
    frozenset({"token", "expires"}),
    frozenset({"e", "token"}),
    *(frozenset({name}) for name in ("__token__", "auth_key")),
)
_TIMES: Final = frozenset({"exp", "expires", "e"})


def names_of(locations: Iterable[str]) -> dict[str, str]:
    """The pictures of one row by what they are called without signatures, in order; for each how it is fetched.

    Where two differ in nothing but a ``token`` or the like, it is what tells them apart: a hash of it joins their
    names.
    """
    given = list(dict.fromkeys(locations))
    n_named = Counter(map(without_signature, given))
    named: dict[str, str] = {}
    for location in given:
        name = without_signature(location)
        named[f"{name}{_mark(location)}" if n_named[name] > 1 else name] = location
    return named


def may_be_named_by_token(location: str) -> bool:
    """Whether what looks like the signature of `location` may be what tells it from pictures of the same name."""
    return bool(_plain_signature(_parameters(location)))


def _parameters(location: str) -> dict[str, str]:
    query = location.partition("?")[2].partition("#")[0]
    parts = [part.removeprefix("amp;").partition("=") for part in query.split("&")]
    return {unquote(name).lower(): value for name, _, value in parts}


def _plain_signature(found: Mapping[str, str]) -> frozenset[str]:
    """The parameters that sign, where all of them are called as many a program calls its own; else none."""
    told = frozenset[str]().union(*(told for told, _ in _SCHEMES if told <= found.keys()))
    is_plain = any(plain <= told for plain in _PLAIN) and told <= frozenset[str]().union(*_PLAIN)
    return told if is_plain else frozenset()


def _mark(location: str) -> str:
    """What tells a picture from others of the same name; empty where the rest of the address does."""
    found = _parameters(location)
    told = _plain_signature(found)
    if not told or location.partition("?")[2].partition("#")[2]:
        return ""
    tokens = sorted(f"{name}={value}" for name, value in found.items() if name in told - _TIMES)
    return f"#token={hashlib.sha256('&'.join(tokens).encode()).hexdigest()[:12]}"


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
