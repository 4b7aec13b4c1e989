"""Files on top of files: extends, merging, and files that cannot be read."""

import gzip
import re

import pytest

from sim.errors import ScenarioError
from sim.scenario import layers, library
from tests.scenario.campus import problems_of_file

GOOD = library.path("direct")


def write(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder / f"{next(iter(files))}.yaml"


def test_mappings_merge_lists_are_replaced_null_deletes(tmp_path):
    top = write(
        tmp_path,
        top="extends: base.yaml\na: {x: 2, y: null}\nlist: [3]\ngone: null\n",
        base="a: {x: 1, y: 1, z: 1}\nlist: [1, 2]\ngone: {b: 1}\nkept: 5\n",
    )
    assert layers.from_file(top).data == {"a": {"x": 2, "z": 1}, "list": [3], "kept": 5}


def test_a_mapping_of_another_kind_is_replaced_as_a_whole(tmp_path):
    top = write(
        tmp_path,
        top="extends: base.yaml\narrivals: {kind: sessions, think: 2 s}\nother: {kind: zipf, exponent: 1}\n",
        base="arrivals: {kind: poisson, rate: 15/s}\nother: {kind: zipf, locality: 0.5}\n",
    )
    assert layers.from_file(top).data == {
        "arrivals": {"kind": "sessions", "think": "2 s"},
        "other": {"kind": "zipf", "exponent": 1, "locality": 0.5},
    }


def test_chains_and_shipped_scenarios_and_no_inherited_name(tmp_path):
    top = write(
        tmp_path, top="extends: middle.yaml\ntitle: T\n", middle="extends: direct\nname: middle\nrun: {warm_up: 1 s}\n"
    )
    layer = layers.from_file(top)
    assert "name" not in layer.data
    assert layer.data["title"] == "T"
    assert layer.data["run"] == {"requests": 4000, "warm_up": "1 s"}
    assert layer.marks["title"] == layers.Position(str(top), 2)
    assert layer.marks["run.requests"].source.endswith("base.yaml")


def test_loop_of_extends(tmp_path):
    top = write(tmp_path, a="extends: b.yaml", b="extends: c.yaml", c="extends: b.yaml")
    assert problems_of_file(top) == ["extends goes in a loop: b.yaml → c.yaml → b.yaml"]
    alone = write(tmp_path, self="extends: self.yaml")
    assert problems_of_file(alone) == ["extends goes in a loop: self.yaml → self.yaml"]


def test_unknown_base(tmp_path):
    top = write(tmp_path, top="title: T\nextends: bsae.yaml", base="a: 1")
    found = "line 2: extends: there is no file 'bsae.yaml' beside it (did you mean 'base.yaml'?)"
    assert problems_of_file(top) == [found]


def test_extends_must_be_a_name(tmp_path):
    top = write(tmp_path, top="extends: [a]\nrun: {}\nnodes: {}\n")
    found = "line 1: extends: must be the name of a file, not a list (write extends: base.yaml)"
    assert found in problems_of_file(top)


def test_files_that_are_no_scenario(tmp_path):
    def problem(name, content):
        file = tmp_path / name
        file.write_bytes(content)
        return problems_of_file(file)

    hint = "(see 'proxysim show direct' for a scenario to start from)"
    assert problem("empty.yaml", b"") == [f"is empty {hint}"]
    assert problem("comment.yaml", b"# nothing\n") == [f"is empty {hint}"]
    assert problem("list.yaml", b"- 1\n") == ["line 1: must be a mapping of keys to values, not a list"]
    assert problem("text.yaml", b"hello") == ["line 1: must be a mapping of keys to values, not 'hello'"]
    assert problem("binary.yaml", gzip.compress(b"x" * 100)) == ["is not a text in UTF-8; is it a binary file?"]
    assert problem("nul.yaml", b"a\x00b") == ["contains control characters; is it a binary file?"]
    assert problem("large.yaml", b"#" * (2**20 + 1)) == ["is larger than 1 MiB, too large for a scenario"]
    assert problem("deep.yaml", b"[" * 1000) == ["line 1: nested more than 50 levels deep"]
    assert problem("bad.yaml", b"a: 1\n\tb: 2\n")[0].startswith("line 2: is not YAML: ")
    assert problems_of_file(tmp_path) == ["is a directory, not a scenario (name a file inside it)"]


def test_a_byte_order_mark_is_no_fault(tmp_path):
    file = tmp_path / "bom.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.read_bytes().replace(b"base.yaml", b"base"))
    assert problems_of_file(file) == []


def test_missing_files_name_the_nearest_shipped_scenario():
    assert problems_of_file("drect") == [
        "there is no such file, and no shipped scenario of that name (did you mean 'direct'?)"
    ]
    assert problems_of_file("folder/layerd.yaml") == [
        "there is no such file, and no shipped scenario of that name (did you mean 'layered'?)"
    ]
    assert problems_of_file("a\0b")


def test_a_file_goes_before_a_shipped_scenario(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "direct").write_text("a: 1\n")
    assert layers.find("direct").resolve() == tmp_path / "direct"
    assert layers.find("layered") == library.path("layered")


def test_logs_are_found_from_the_file_in_which_they_are_written(tmp_path):
    (tmp_path / "below").mkdir()
    write(tmp_path / "below", base="nodes: {v: {arrivals: {kind: access_log, file: a.log}}}")
    top = write(tmp_path, top="extends: below/base.yaml\nnodes: {w: {arrivals: {kind: access_log, file: b.log}}}")
    found = {name: arrivals["file"] for name, arrivals in layers.named_logs(layers.from_file(top).data)}
    assert found == {"v": str(tmp_path / "below" / "a.log"), "w": str(tmp_path / "b.log")}


def test_plain_copies():
    inner = {"b": [1, 2]}
    copied = layers.plain({1: inner, "t": (1, 2)})
    assert copied == {"1": {"b": [1, 2]}, "t": [1, 2]}
    assert copied["1"] is not inner


def test_fail_is_one_problem_of_one_file():
    with pytest.raises(ScenarioError, match=re.escape("x.yaml: 1 problem\n  line 3: is odd (mend it)")):
        raise layers.fail("x.yaml", "is odd", "mend it", 3)
