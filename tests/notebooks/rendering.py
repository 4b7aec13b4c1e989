"""How an .ipynb is made from its percent script: cells numbered, run, and nothing in it of when or where.

Notebooks are written as percent scripts, which are easy to review and which ruff checks.  The .ipynb is what a student
opens; it is made from the script with all outputs, and the same script gives the same file.
"""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from PIL import Image

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

LONGEST_CELL_S = 120
PICTURE_PIXELS, PICTURE_COLOURS = 1000, 64
"""What a notebook keeps of a picture, so that the file stays small; run it, and they are as sharp as drawn."""

WIDGET = "application/vnd.jupyter.widget-view+json"
"""A widget that was alive when the notebook was made; what can be shown without it stands beside it."""

LANGUAGE = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python", "pygments_lexer": "ipython3"}
WARNINGS_ARE_ERRORS = "import warnings; warnings.simplefilter('error')"
BUT_NOT_THOSE_OF_THE_KERNEL = "warnings.filterwarnings('ignore', module='ipykernel')"
KERNEL = [
    f"--IPKernelApp.exec_lines={WARNINGS_ARE_ERRORS}; {BUT_NOT_THOSE_OF_THE_KERNEL}",
    "--IPKernelApp.log_level=ERROR",
]


def scripts() -> list[Path]:
    """All percent scripts."""
    return sorted(NOTEBOOKS.glob("*.py"))


def unexecuted(script: Path) -> nbformat.NotebookNode:
    """Read a percent script as a notebook without outputs, its cells numbered."""
    notebook = jupytext.read(script)
    notebook.metadata.pop("jupytext", None)
    notebook.metadata["language_info"] = LANGUAGE
    for number, cell in enumerate(notebook.cells, 1):
        cell["id"] = f"cell-{number:02}"
    return notebook


def executed(script: Path) -> nbformat.NotebookNode:
    """Run a percent script as a notebook; a warning in it is an error."""
    notebook = unexecuted(script)
    client = NotebookClient(
        notebook,
        timeout=LONGEST_CELL_S,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        extra_arguments=KERNEL,
        resources={"metadata": {"path": str(script.parent)}},
    )
    client.execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            _make_small(output.get("data", {}))
            output.get("data", {}).pop(WIDGET, None)
    notebook.metadata["language_info"] = LANGUAGE  # without the version of the Python that ran it
    return notebook


def _make_small(data: dict[str, str]) -> None:
    if "image/png" not in data:
        return
    picture = Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("RGB")
    picture.thumbnail((PICTURE_PIXELS, PICTURE_PIXELS), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    # Of Pillow's ways to choose colours this one keeps small spots of a strong colour, such as a cache's green mark.
    small = picture.quantize(PICTURE_COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    small.save(stream, "png", optimize=True)
    data["image/png"] = base64.b64encode(stream.getvalue()).decode()


def stored(script: Path) -> nbformat.NotebookNode:
    """Read the .ipynb that stands beside a script."""
    return nbformat.read(script.with_suffix(".ipynb"), as_version=4)


def words(notebook: nbformat.NotebookNode) -> list[list[str]]:
    """All that the code cells of a notebook put out in plain text, cell by cell."""
    return [[_word(output) for output in cell.outputs] for cell in notebook.cells if cell.cell_type == "code"]


def _word(output: Any) -> str:
    return str(output.text if output.output_type == "stream" else output.get("data", {}).get("text/plain", ""))
