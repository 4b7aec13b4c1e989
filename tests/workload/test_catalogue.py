import numpy as np
import pytest

from sim.scenario.schema import ContentClass
from sim.workload.catalogue import NamedClass, number_targets, response_fields
from sim.workload.columns import TargetClass


def kind(name, names=None):
    return NamedClass(TargetClass(name, "example.org", ()), names)


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({}, (("cache-control", "max-age=86400"),)),
        ({"dynamic": True}, (("cache-control", "no-store"),)),
        ({"cache_control": "max-age=60"}, (("cache-control", "max-age=60"),)),
        ({"dynamic": True, "cache_control": "max-age=1"}, (("cache-control", "max-age=1"),)),
        ({"cache_control": ""}, ()),
        ({"cache_control": "", "entity_tag": True}, (("etag", '"1"'),)),
        ({"entity_tag": True}, (("cache-control", "max-age=86400"), ("etag", '"1"'))),
    ],
)
def test_response_fields(said, fields):
    assert response_fields(ContentClass(host="example.org", served_by="app", **said)) == fields


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("/a?b=http://c/", "http://example.org/a?b=http://c/"),
        ("17", "http://example.org/17"),
        ("http://other.example/x", "http://other.example/x"),
        ("other.example:443", "http://example.org/other.example:443"),
    ],
)
def test_urls_of_logged_names(name, url):
    assert kind("site", [name]).url(0) == url


def test_targets_are_dense_and_urls_match():
    kinds = [kind("pages"), kind("api"), kind("never")]
    which = np.array([1, 0, 0, 1, 0], np.int16)
    number = np.array([3, 99_999_999, 3, 3, 99_999_999])
    catalogue, target = number_targets(kinds, which, number)
    assert target.dtype == np.int32
    assert len(catalogue.urls) == len(catalogue.class_of) == 3
    expected = [f"http://example.org/{kinds[k].shared.name}/{n}" for k, n in zip(which, number, strict=True)]
    assert [catalogue.urls[i] for i in target] == expected
    assert [catalogue.content_class(i).name for i in target] == ["api", "pages", "pages", "api", "pages"]
    assert catalogue.classes == tuple(known.shared for known in kinds)
