"""Who may see and change what is kept of a shopper over HTTP.

An id as the page makes it, ``me-`` and 32 random hexadecimal digits, is its own key: whoever has it is the shopper.
Every other id can be guessed (a customer's number), so it needs the right to change products. A page of another site
may do neither.
"""

from __future__ import annotations

import re

from starlette.requests import Request

from lookalike.serve.failure import Failure
from lookalike.serve.settings import ServeSettings
from lookalike.serve.write_guard import refuse_other_sites, require_writer

__all__ = ["is_own_key", "require_shopper"]

_OWN_KEY = re.compile(r"me-[0-9a-f]{32}")


def is_own_key(shopper: str) -> bool:
    """Whether the id is one that nobody can guess."""
    return _OWN_KEY.fullmatch(shopper) is not None


def require_shopper(request: Request, settings: ServeSettings, shopper: str) -> None:
    """Return if the request may act for that shopper.

    Raises:
        Failure: 403 where the server gives no personal results, or a page of another site asks; 401 or 403 where the
            id could be guessed and the request may not change products.
    """
    if not settings.personal:
        raise Failure(403, "personal_off", "this server gives no personal results", hint="set LOOKALIKE_PERSONAL=true")
    refuse_other_sites(request, settings)
    if not is_own_key(shopper):
        require_writer(request, settings)
