"""``python -m tests.notebooks``: make every .ipynb from its percent script, outputs and all."""

import nbformat

from tests.notebooks import rendering

for script in rendering.scripts():
    nbformat.write(rendering.executed(script), script.with_suffix(".ipynb"))
    print(script.with_suffix(".ipynb").relative_to(rendering.NOTEBOOKS.parent))
