"""The shipped scenarios, wherever they lie."""

import pytest

from sim.errors import ScenarioError
from sim.scenario import library


def test_names_are_those_that_can_be_run():
    assert {"direct", "forward-proxy", "reverse-proxy", "layered", "access-log"} <= set(library.names())
    assert "base" not in library.names()
    assert library.names() == sorted(library.names())


def test_path_of_each():
    assert all(library.path(name).is_file() for name in library.names())
    assert library.path("base").is_file()


def test_unknown_name():
    with pytest.raises(ScenarioError, match=r"there is no shipped scenario 'layred' \(did you mean 'layered'\?\)"):
        library.path("layred")


def test_an_installed_package_has_its_own(tmp_path, monkeypatch):
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped" / "only.yaml").write_text("")
    monkeypatch.setattr(library, "_FOLDERS", (tmp_path / "absent", tmp_path / "shipped"))
    assert library.names() == ["only"]


def test_none_installed(tmp_path, monkeypatch):
    monkeypatch.setattr(library, "_FOLDERS", (tmp_path / "absent",))
    assert library.names() == []
    with pytest.raises(ScenarioError, match="no scenarios are installed"):
        library.path("direct")
