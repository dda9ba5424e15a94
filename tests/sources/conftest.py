"""A web server that fails in the ways that servers fail, and an own cache for every test."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KIZU_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("KIZU_DATA_MIRROR", raising=False)
    return tmp_path / "cache"


@dataclass
class Served:
    """What the server delivers, how it fails, and what it was asked."""

    content: bytes = b""
    tag: str = '"first"'
    cut_after: list[int] = field(default_factory=list)  # bytes of each answer to come
    statuses: list[int] = field(default_factory=list)  # of the answers to come, before 200
    ranges: bool = True
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[dict[str, str]] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def served():
    """A server in a thread; see :class:`Served`."""
    state = Served()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.address = f"http://127.0.0.1:{server.server_port}/file.bin"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def _handler(state: Served) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            state.requests.append(dict(self.headers))
            if state.statuses:
                self.send_response(state.statuses.pop(0))
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            start = self._start()
            if start >= len(state.content) > 0:
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(state.content)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            body = state.content[start:]
            self.send_response(206 if start else 200)
            if start:
                last, whole = len(state.content) - 1, len(state.content)
                self.send_header("Content-Range", f"bytes {start}-{last}/{whole}")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", state.tag)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: state.cut_after.pop(0)] if state.cut_after else body)

        def _start(self) -> int:
            asked = self.headers.get("Range")
            if asked is None or not state.ranges:
                return 0
            if self.headers.get("If-Range", state.tag) != state.tag:
                return 0
            return int(asked.removeprefix("bytes=").removesuffix("-"))

        def log_message(self, *_):
            pass

    return Handler
