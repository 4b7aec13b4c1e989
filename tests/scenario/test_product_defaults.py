"""Presets of products: they set defaults, single settings win, and a wrong name is explained."""

import pytest

from sim.scenario.product_defaults import PRODUCT_DEFAULTS, with_product_defaults
from sim.scenario.schema import ForwardProxy, ReverseProxy
from tests.scenario.campus import problems_of

REVERSE = {"role": "reverse_proxy", "address": "192.0.2.1", "backends": ["app"]}
FORWARD = {"role": "forward_proxy", "address": "192.0.2.1"}


@pytest.mark.parametrize("product", PRODUCT_DEFAULTS)
def test_like_sets_the_defaults_of_both_kinds_of_proxy(product):
    for model, data in ((ReverseProxy, REVERSE), (ForwardProxy, FORWARD)):
        node = model.model_validate({**data, "like": product})
        for name, value in PRODUCT_DEFAULTS[product].items():
            if name in model.model_fields:
                assert getattr(node, name) == value


def test_single_settings_win():
    node = ReverseProxy.model_validate({**REVERSE, "like": "squid", "via": False, "forwarded_for": "delete"})
    assert (node.via, node.forwarded_for, node.via_comment) == (False, "delete", "squid")


def test_without_like_nothing_changes():
    assert ReverseProxy.model_validate(REVERSE).forwarded_for == "append"
    assert ForwardProxy.model_validate(FORWARD).forwarded_for == "delete"
    assert with_product_defaults("nonsense", {}) == "nonsense"
    assert with_product_defaults({"like": ["nginx"]}, {}) == {"like": ["nginx"]}


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("like", "ngnix", "must be one of nginx, squid, haproxy, not 'ngnix' (did you mean 'nginx'?)"),
        ("x_real_ip", "append", "must be one of replace, delete, off, not 'append'"),
        ("trusted_proxies", ["10.0.0.300/8"], "'10.0.0.300/8' is not a block of addresses"),
        ("server", "two words", "'two words' is not a name that can stand here"),
    ],
)
def test_a_wrong_value_is_explained(setting, value, said):
    (problem,) = problems_of({f"nodes.edge.{setting}": value})
    assert problem.startswith(f"nodes.edge.{setting}")
    assert said in problem
