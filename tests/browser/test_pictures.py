"""The player looks as it did when somebody last looked at it (see `pictures`)."""

from __future__ import annotations

import pytest
from PIL import Image

from tests.browser import pictures

MOST_MEAN = 3.0


@pytest.mark.slow
@pytest.mark.needs("chromium")
@pytest.mark.parametrize("view", pictures.VIEWS)
def test_a_view_looks_as_it_did(view, tmp_path):
    with Image.open(pictures.FOLDER / f"{view}.png") as known:
        found = pictures.difference(pictures.draw(view, tmp_path), known.convert("RGB"))
    assert found <= MOST_MEAN, f"{found:.1f}; look at the page, then python -m tests.browser.pictures"


@pytest.mark.parametrize("view", pictures.VIEWS)
def test_a_stage_that_slid_down_a_little_would_be_noticed(view):
    with Image.open(pictures.FOLDER / f"{view}.png") as opened:
        known = opened.convert("RGB")
    slid = known.copy()
    slid.paste(known.crop((0, 20, 160, 80)), (0, 24))
    assert pictures.difference(slid, known) > MOST_MEAN
