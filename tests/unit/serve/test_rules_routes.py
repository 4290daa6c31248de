from __future__ import annotations

from lookalike.search.rank.rules import MOST_RULES


def test_the_largest_book_of_rules_can_be_sent(client):
    products = [f"sku-{number}" for number in range(1_000)]
    document = {"rules": [{"name": f"r{n}", "action": "bury", "products": products} for n in range(MOST_RULES)]}
    sent = client.request("PUT", "/v1/rules", json=document)
    assert sent.status_code == 200
    assert client.get("/v1/rules").json() == sent.json() == document


def test_a_document_beyond_any_book_of_rules_is_refused_unread(client):
    sent = client.request("PUT", "/v1/rules", content=b'{"rules": [%s]}' % b",".join([b"{}"] * 300_000))
    assert (sent.status_code, sent.json()["error"]["code"]) == (413, "too_large")
