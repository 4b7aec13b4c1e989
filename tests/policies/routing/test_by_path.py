import pytest
from pydantic import ValidationError

from sim.policies.routing.by_path import ByPath
from tests.support.policies import visit


@pytest.mark.parametrize(
    ("target", "pool"),
    [
        ("http://a.example/api/users", "api"),
        ("http://a.example/api/v2/users", "new"),
        ("http://a.example/apis", None),
        ("http://a.example", None),
        ("http://a.example/?q=/api/", None),
    ],
)
def test_the_longest_beginning_decides(target, pool):
    assert ByPath(paths={"/api/": "api", "/api/v2/": "new"}).pool(visit(target)) == pool


def test_all_pools_are_named():
    assert set(ByPath(paths={"/": "static", "/api/": "api"}).pools()) == {"static", "api"}


@pytest.mark.parametrize("paths", [{}, {"api": "api"}])
def test_what_is_no_path_is_an_error(paths):
    with pytest.raises(ValidationError):
        ByPath(paths=paths)
