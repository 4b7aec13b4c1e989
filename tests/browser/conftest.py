"""A real browser without a window, one at a time; pages are files, and whatever they ask the network for is kept."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import Any

import pytest

import sim
from sim.player import page as pages
from sim.player.frames import browser, open_page
from tests.conftest import missing

DESIGNS = ("direct", "forward-proxy", "reverse-proxy", "layered")
SMALL = ["run.requests=300", "run.warm_up=0 s"]


@dataclass
class Shown:
    """An open page, and what went wrong or out on it."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def run(self, code: str, argument: Any = None) -> Any:
        """Run code in the page, with the player as ``p``."""
        return self.page.evaluate(f"async (a) => {{ const p = await window.proxysim; {code} }}", argument)

    def wait(self, code: str, argument: Any = None) -> None:
        """Wait until something holds of the player; at most ten seconds."""
        for _ in range(200):
            if self.run(f"return {code}", argument):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never held: {code}")

    def time_s(self) -> float:
        return self.run("return p.time")


@pytest.fixture(scope="session")
def traces():
    return {name: sim.simulate(sim.load(name, SMALL), seed=1) for name in DESIGNS}


@pytest.fixture(scope="module")
def context():
    if shutil.which("chromium") is None:
        missing("chromium")
    with browser((1280, 800), color_scheme="light") as opened:
        yield opened


@pytest.fixture
def show(context, tmp_path):
    opened = []

    def shown(traces, size=(1280, 800), **options):
        file = pages.write(traces, tmp_path / f"{len(opened)}.html")
        found = Shown(None)
        listeners = {
            "request": lambda request: found.requests.append(request.url),
            "console": lambda message: found.complaints.append(message.text),
            "weberror": lambda error: found.complaints.append(str(error.error)),
        }
        for name, listener in listeners.items():
            context.on(name, listener)
        opened.append((found, listeners))
        found.page = open_page(context, file, options)
        found.page.set_viewport_size({"width": size[0], "height": size[1]})
        return found

    yield shown
    for found, listeners in opened:
        for name, listener in listeners.items():
            context.remove_listener(name, listener)
        found.page.close()
        assert not found.complaints
        assert [url for url in found.requests if not url.startswith("file://")] == []
        assert len(found.requests) == 1
