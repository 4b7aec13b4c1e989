"""What is kept of the measurements: counts, reasons, and the picture."""

from __future__ import annotations

import json
from datetime import date

import yaml

from tests.charts import looking
from tests.suite import scores
from tests.suite.verdicts import KINDS, Verdict


def verdict(kind, *, is_passed):
    return Verdict("one", "group", kind, "", is_passed, "", "")


def test_counts_take_the_place_of_older_ones_and_are_ranked(tmp_path, monkeypatch):
    kept = tmp_path / "measured.json"
    kept.write_text(json.dumps({"measured": [{"proxy": "a", "required": 1, "optimal": 0}]}))
    monkeypatch.setattr(scores, "MEASURED", kept)
    two = [verdict("required", is_passed=True)] * 2
    scores.record("b", "1.0", "2026-01-01", 2.4, [*two, verdict("optimal", is_passed=False)])
    assert [row["proxy"] for row in scores.measured()["measured"]] == ["b", "a"]
    scores.record("b", "1.1", "2026-01-02", 2.6, [verdict("check", is_passed=True)])
    assert scores.measured()["measured"] == [
        {"proxy": "a", "required": 1, "optimal": 0},
        {"proxy": "b", "version": "1.1", "date": "2026-01-02", "took_s": 3, "required": 0, "optimal": 0, "check": 1},
    ]


def test_no_count_is_beyond_its_total():
    known = scores.measured()
    for row in known["measured"]:
        assert date.fromisoformat(row["date"])
        assert all(0 <= row[kind] <= known["tests"][kind] for kind in KINDS)


def test_every_failure_has_one_reason_and_says_what_the_suite_said():
    listed = [test for why in yaml.safe_load(scores.EXPLAINED.read_text(encoding="utf-8")) for test in why["tests"]]
    explained = scores.explanations()
    assert len(explained) == len(listed)
    assert all(one.reason and one.detail.startswith(("Assertion: ", "Setup: ")) for one in explained.values())


def test_the_picture_is_that_of_the_counts(tmp_path):
    png, svg = scores.draw(tmp_path / "cache-suite")
    assert png.is_file()
    assert svg.read_bytes() == scores.FIGURE.with_suffix(".svg").read_bytes(), "python -m tests.suite --chart"


def test_all_that_is_written_in_the_picture_can_be_read():
    figure = scores.picture()
    looking.check(figure)
    assert not any("…" in text for text in looking.words(figure))
