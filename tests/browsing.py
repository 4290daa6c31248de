"""People at screens: Chromium, a page that a server of ours serves, and what went wrong there."""

from __future__ import annotations

import io
import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import pytest
from PIL import Image

__all__ = ["Arrive", "Shopper", "arriving", "check_accessibility", "chromium_with", "until"]

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
# A busy machine is no failure: what a person would wait a second for may take a minute beside other tests.
PATIENCE_SECONDS = 90
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}

# What leaves the page, written down on the way: the browser does not show the bytes of files afterwards.
RECORD_FORMS = """
window.sentForms = [];
const send = window.fetch;
window.fetch = (path, options) => {
  if (options?.body instanceof FormData) {
    const plain = async (value) => (value instanceof Blob ? [...new Uint8Array(await value.arrayBuffer())] : value);
    const entries = [...options.body].map(async ([name, value]) => [name, await plain(value)]);
    window.sentForms.push(Promise.all(entries).then(Object.fromEntries));
  }
  return send(path, options);
};
"""

PASTE = """(photo) => {
  const transfer = new DataTransfer();
  const bytes = typeof photo === "number" ? new ArrayBuffer(photo) : new Uint8Array(photo);
  transfer.items.add(new File([bytes], "photo.jpg", { type: "image/jpeg" }));
  const pasted = { clipboardData: transfer, bubbles: true, cancelable: true };
  document.body.dispatchEvent(new ClipboardEvent("paste", pasted));
}"""


@contextmanager
def chromium_with(path: Path, extra: Sequence[str] = ()) -> Iterator[object]:
    """A browser, started with `extra` arguments beside those of every test."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=str(path), args=[*ARGUMENTS, *extra])
        yield opened
        opened.close()


def until(page, condition: str) -> None:
    """Wait for a condition; playwright's own way needs `unsafe-eval`, which our pages rightly forbid."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, f"it never became true that {condition}"
        page.wait_for_timeout(50)


def check_accessibility(page) -> None:
    """Nothing on the page is a serious or critical violation by axe."""
    from axe_playwright_python.sync_playwright import Axe

    violations = [
        f"{found['id']} ({found['impact']}): {[node['html'][:160] for node in found['nodes']][:3]}"
        for found in Axe().run(page).response["violations"]
        if found["impact"] in ("serious", "critical")
    ]
    assert violations == []


@dataclass
class Shopper:
    """One person at one screen, and what went wrong there."""

    page: object
    address: str
    is_phone: bool
    complaints: list[str] = field(default_factory=list)
    expected_statuses: set[int] = field(default_factory=set)

    def __getattr__(self, name: str):
        return getattr(self.page, name)

    def until(self, condition: str) -> None:
        """Wait for a condition on the page."""
        until(self.page, condition)

    def show(self, photo: bytes | Path, name: str = "photo.jpg", kind: str = "image/jpeg") -> None:
        """Choose a photograph as people do."""
        data = photo if isinstance(photo, bytes) else photo.read_bytes()
        with self.page.expect_file_chooser() as chooser:
            self.page.locator("#choose, .replace:visible, .state .button").first.click()
        chooser.value.set_files({"name": name, "mimeType": kind, "buffer": data})

    def paste(self, photo: bytes | int) -> None:
        """Paste a photograph, or that many bytes that are none, whatever the page shows."""
        self.page.evaluate(PASTE, list(photo) if isinstance(photo, bytes) else photo)

    def hits(self) -> list[str]:
        """Product ids in the order shown, once the results stand still."""
        self.page.wait_for_selector(".results:not([aria-busy]) .card[data-product]")
        self.page.wait_for_timeout(250)
        self.page.wait_for_selector(".results:not([aria-busy]) .card[data-product]")
        return self.page.eval_on_selector_all(".card", "cards => cards.map((card) => card.dataset.product)")

    def filters(self) -> None:
        """Open the filters where they are behind a button."""
        if self.is_phone:
            self.page.locator(".dock-button").first.click()
            self.page.wait_for_selector(".sheet .facet")
        self.page.wait_for_selector(".facet")

    def done_filtering(self) -> None:
        if self.is_phone:
            self.page.locator(".sheet-foot .button").click()

    def check_accessibility(self) -> None:
        self.page.wait_for_timeout(400)
        check_accessibility(self.page)

    def photograph(self, name: str) -> None:
        """The screen as a file for people to look at, where TEST_SCREENSHOTS names a folder for them."""
        if folder := os.environ.get("TEST_SCREENSHOTS"):
            self.page.wait_for_timeout(400)
            kind = "phone" if self.is_phone else "desktop"
            self.page.screenshot(path=str(Path(folder) / f"{name}-{kind}.png"))

    def uploads(self) -> list[tuple[Image.Image, dict[str, str]]]:
        """Each search by photograph: the picture that was sent, and the fields beside it."""
        sent = self.page.evaluate("Promise.all(window.sentForms)")
        return [(Image.open(io.BytesIO(bytes(form.pop("image")))), form) for form in sent]


class Arrive(Protocol):
    """Opens a page of the server for a new person."""

    def __call__(
        self, *, phone: bool = False, path: str = "", language: str = "en-GB", dark: bool = False, quiet: bool = True
    ) -> Shopper: ...


@contextmanager
def arriving(browser, address: str) -> Iterator[Arrive]:
    """A way to open pages at `address`; afterwards nothing may have gone wrong, and nothing come from elsewhere."""
    shoppers: list[tuple[Shopper, object]] = []

    def arrive(
        *, phone: bool = False, path: str = "", language: str = "en-GB", dark: bool = False, quiet: bool = True
    ) -> Shopper:
        context = browser.new_context(
            viewport=PHONE if phone else DESKTOP,
            is_mobile=phone,
            has_touch=phone,
            locale=language,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if quiet else "no-preference",
            permissions=["clipboard-read", "clipboard-write", "camera"],
        )
        context.set_default_timeout(1000 * PATIENCE_SECONDS)
        context.add_init_script(RECORD_FORMS)
        shopper = Shopper(context.new_page(), address, phone)
        _listen(shopper)
        shopper.page.goto(address + path)
        shoppers.append((shopper, context))
        return shopper

    yield arrive
    complaints = [complaint for shopper, _ in shoppers for complaint in shopper.complaints]
    for _, context in shoppers:
        context.close()
    assert complaints == []


def _listen(shopper: Shopper) -> None:
    def on_console(message) -> None:
        status = re.search(r"status of (\d+)", message.text)
        if status is not None and int(status[1]) in shopper.expected_statuses:
            return
        if "net::ERR_" in message.text and 0 in shopper.expected_statuses:
            return
        if message.type in ("error", "warning"):
            shopper.complaints.append(message.text)

    def on_request(request) -> None:
        if request.url.startswith("http") and urlsplit(request.url).netloc != urlsplit(shopper.address).netloc:
            shopper.complaints.append(f"went to {request.url}")

    shopper.page.on("console", on_console)
    shopper.page.on("pageerror", lambda error: shopper.complaints.append(str(error)))
    shopper.page.on("request", on_request)
