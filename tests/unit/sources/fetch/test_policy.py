from __future__ import annotations

import pytest

from lookalike.errors import InvalidConfiguration
from lookalike.sources.fetch.policy import FetchPolicy


def test_every_bad_field_is_named_at_once() -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        FetchPolicy(max_bytes=0, per_host=0, read_timeout_seconds=0.0, backoff_seconds=-1.0, user_agent="a\nb")
    for name in ("max_bytes", "per_host", "read_timeout_seconds", "backoff_seconds", "user_agent"):
        assert name in str(caught.value)


@pytest.mark.parametrize("host", ["http://intern", "user@host", "", " "])
def test_an_allowed_host_is_a_bare_name(host: str) -> None:
    with pytest.raises(InvalidConfiguration, match="allowed_hosts"):
        FetchPolicy(allowed_hosts=frozenset({host}))


def test_names_addresses_and_networks_can_be_allowed() -> None:
    policy = FetchPolicy(allowed_hosts=frozenset({"Pictures.Intern", "10.1.0.0/16", "192.168.0.7", "[fd00::1]"}))
    assert policy.allows("pictures.intern.", "10.0.0.1")
    assert policy.allows("other", "10.1.2.3")
    assert policy.allows("other", "192.168.0.7")
    assert policy.allows("other", "fd00::1")
    assert not policy.allows("other", "10.2.0.1")
    assert not policy.allows("evil-pictures.intern", "10.0.0.1")
    assert not policy.allows("pictures.intern.evil", "10.0.0.1")
    assert not FetchPolicy().allows("localhost", "127.0.0.1")
