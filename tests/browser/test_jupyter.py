"""The widget in JupyterLab: what is picked on the stage is a value in the next cell, and the other way round."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.player.frames import browser

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]

START_S, READY_MS = 60, 90_000

CELLS = (
    "import sim\nfrom sim.trace.examples import three_requests\nplayer = sim.play(three_requests())\nplayer",
    "player.party = 'app'",
    "print('picked', player.request, 'eyes', player.party)",
)


@pytest.fixture
def lab(tmp_path):
    """A JupyterLab of its own, on a free port of this machine, with a token."""
    cells = [
        {"cell_type": "code", "id": f"cell{i}", "metadata": {}, "outputs": [], "execution_count": None, "source": text}
        for i, text in enumerate(CELLS)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": cells}
    (tmp_path / "play.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    own = {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("RUNTIME", "CONFIG", "DATA")}
    repository = str(Path(__file__).parents[2])
    place = {"HOME": str(tmp_path), "JUPYTERLAB_WORKSPACES_DIR": str(tmp_path / "spaces"), "PYTHONPATH": repository}
    options = ["--no-browser", "--ip=127.0.0.1", "--port=0", "--allow-root", "--ServerApp.terminals_enabled=False"]
    with subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options, f"--ServerApp.root_dir={tmp_path}"],
        env={**os.environ, **own, **place},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            yield address(tmp_path / "RUNTIME")
        finally:
            server.terminate()
            try:
                server.wait(timeout=15)
            except subprocess.TimeoutExpired:
                server.kill()


def address(runtime: Path) -> str:
    """Wait for the server to say where it is."""
    end_s = time.monotonic() + START_S
    while time.monotonic() < end_s:
        for file in runtime.glob("jpserver-*.json"):
            said = json.loads(file.read_text(encoding="utf-8") or "{}")
            if said.get("port"):
                return f"http://127.0.0.1:{said['port']}/lab/tree/play.ipynb?token={said['token']}&reset"
        time.sleep(0.2)
    pytest.fail("JupyterLab did not start")


def test_what_is_picked_is_a_value_in_python(lab):
    with browser((1280, 1000)) as context:
        page = context.new_page()
        page.goto(lab)
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=READY_MS)
        page.locator(".jp-CodeCell").first.click()
        page.keyboard.press("Shift+Enter")
        player = page.locator(".pxp-main")
        player.wait_for(timeout=READY_MS)
        page.locator(".pxp-moves button").first.click()
        page.locator(".pxp-story h2").wait_for(timeout=READY_MS)
        page.locator(".pxp-frame").focus()
        for key in "bmr":  # all of them commands of the notebook too
            page.keyboard.press(key)
        page.wait_for_timeout(1500)
        assert page.locator(".jp-Cell").count() == page.locator(".jp-CodeCell").count() == len(CELLS)
        picked = page.locator(".pxp-story h2").inner_text().split(":")[0].split()[-1]
        run_cell(page, 1)
        page.get_by_text("app meets only 192.0.2.2").first.wait_for(timeout=READY_MS)
        run_cell(page, 2)
        page.get_by_text(f"picked {picked} eyes app").wait_for(timeout=READY_MS)


def run_cell(page, number: int) -> None:
    page.locator(".jp-CodeCell .jp-InputArea-editor").nth(number).click()
    page.keyboard.press("Shift+Enter")
