"""What was measured, kept as a small file of counts, and the scoreboard drawn from it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from matplotlib.figure import Figure

from tests.suite.verdicts import Verdict, counts

HERE = Path(__file__).parent
MEASURED, EXPLAINED = HERE / "measured.json", HERE / "explained.yaml"
FIGURE = HERE.parents[1] / "figures" / "cache-suite"
DRAWN = ("required", "optimal")
OURS = ("ours", "cautious")
"""Our own proxy as it is, and with a setting that takes malformed Age fields for old."""


class Explanation(NamedTuple):
    """Why a test is not passed; ``is_ours`` if it could be and we decided otherwise."""

    id: str
    detail: str
    is_ours: bool
    reason: str


def explanations() -> dict[str, Explanation]:
    """Give the explained failures of our own proxy, by test."""
    found = [
        Explanation(test, detail, why["is_ours"], why["reason"])
        for why in yaml.safe_load(EXPLAINED.read_text(encoding="utf-8"))
        for test, detail in why["tests"].items()
    ]
    return {one.id: one for one in found}


def measured() -> dict[str, Any]:
    """Read the counts that were measured with this harness, and the published ones."""
    return json.loads(MEASURED.read_text(encoding="utf-8"))


def record(proxy: str, version: str, day: str, took_s: float, verdicts: Iterable[Verdict]) -> None:
    """Put the counts of a proxy in place of those measured before."""
    known = measured()
    passed = {kind: count["passed"] for kind, count in counts(verdicts).items()}
    row = {"proxy": proxy, "version": version, "date": day, "took_s": round(took_s), **passed}
    others = [other for other in known["measured"] if other["proxy"] != proxy]
    known["measured"] = sorted([*others, row], key=lambda one: (-one["required"], -one["optimal"]))
    MEASURED.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")


def draw(path: Path = FIGURE) -> list[Path]:
    """Write the scoreboard of what was measured, as PNG and as SVG."""
    from sim import charts

    return charts.save(picture(), path)


def picture() -> Figure:
    """Draw the scoreboard of what was measured."""
    import pandas as pd

    from sim import charts

    known = measured()
    table = pd.DataFrame(
        [
            {"proxy": _label(row), "kind": kind, "passed": row[kind], "total": known["tests"][kind]}
            for row in known["measured"]
            for kind in DRAWN
        ]
    )
    ax = charts.scoreboard(table, title=_headline(known))
    days = sorted({row["date"] for row in known["measured"]})
    charts.footnote(
        ax.figure,
        f"{known['suite']} · each as it comes, with a cache (nginx revalidating) · measured {' and '.join(days)} · "
        "failures of proxysim: tests/suite/explained.yaml",
    )
    return ax.figure


def _headline(known: dict[str, Any]) -> str:
    passed = {row["proxy"]: row["required"] for row in known["measured"]}
    ours = {name: count for name, count in passed.items() if name.startswith("proxysim")}
    best = max(passed.keys() - ours.keys(), key=passed.__getitem__)
    return (
        f"Of {known['tests']['required']} tests of what HTTP requires of a cache proxysim passes "
        f"{ours['proxysim']}, {ours['proxysim, cautious']} with caution; {best}, the next best, {passed[best]}"
    )


def _label(row: dict[str, Any]) -> str:
    name, comma, setting = row["proxy"].partition(", ")
    return f"{name} {row['version']}{comma}{setting}"
