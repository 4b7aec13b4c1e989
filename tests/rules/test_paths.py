from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.rules.paths import normal_path


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("/admin", "/admin"),
        ("//admin", "/admin"),
        ("/%61dmin", "/admin"),
        ("/x/../admin", "/admin"),
        ("/./admin", "/admin"),
        ("/../../admin", "/admin"),
        ("/%2e%2e/admin", "/admin"),
        ("/a%2Fb", "/a%2Fb"),
        ("/a%2fb", "/a%2Fb"),
        ("/a%zz", "/a%zz"),
        ("", "/"),
        ("/?/admin", "/"),
        ("/a/b/..", "/a/"),
        ("/a/.", "/a/"),
        ("/a/..", "/"),
        # RFC 3986 section 5.2.4, the first example of its algorithm.
        ("/a/b/c/./../../g", "/a/g"),
    ],
)
def test_a_path_has_one_form(path, normal):
    assert normal_path(f"http://a.example{path}") == normal


PATHS = st.lists(st.sampled_from(["a", "b", ".", "..", "%61", "%2F", "x~"]), max_size=8).map(
    lambda parts: "/" + "/".join(parts)
)


@given(PATHS)
def test_normalising_twice_changes_nothing(path):
    once = normal_path(f"http://a.example{path}")
    assert normal_path(f"http://a.example{once}") == once


@given(st.lists(st.sampled_from(["a", "b", ".", ".."]), min_size=1, max_size=8))
def test_dot_segments_are_removed_as_by_the_standard_library(parts):
    path = "/" + "/".join(parts)
    assert normal_path(f"http://a.example{path}") == urljoin("http://a.example/", path)[len("http://a.example") :]
