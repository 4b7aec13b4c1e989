"""The notebooks: the .ipynb is what its script says, it runs without a warning, and shows what it has in store."""

import json

import nbformat
import pytest

from tests.notebooks import rendering

MOST_BYTES = 1_000_000

every_notebook = pytest.mark.parametrize("script", rendering.scripts(), ids=lambda script: script.stem)


def test_there_is_a_first_notebook():
    assert "01_who_sees_whom" in [script.stem for script in rendering.scripts()]


@every_notebook
def test_notebook_and_script_are_in_step(script):
    stored, fresh = rendering.stored(script), rendering.unexecuted(script)
    assert stored.metadata == fresh.metadata
    shown = [[(cell.id, cell.cell_type, cell.source) for cell in each.cells] for each in (stored, fresh)]
    assert shown[0] == shown[1], "run make notebooks"


@every_notebook
def test_stored_notebook_is_whole_and_small(script):
    stored = rendering.stored(script)
    nbformat.validate(stored)
    assert script.with_suffix(".ipynb").stat().st_size < MOST_BYTES
    counts = [cell.execution_count for cell in stored.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    assert not [output for cell in stored.cells for output in cell.get("outputs", []) if output.output_type == "error"]


@every_notebook
def test_stored_notebook_tells_nothing_of_where_it_was_made(script):
    text = json.dumps(rendering.stored(script))
    assert "timestamp" not in text
    assert str(rendering.NOTEBOOKS.parent) not in text
    assert "object at 0x" not in text


@pytest.mark.slow
@every_notebook
def test_notebook_runs_and_says_what_is_stored(script):
    fresh = rendering.executed(script)
    assert rendering.words(fresh) == rendering.words(rendering.stored(script)), "run make notebooks"
