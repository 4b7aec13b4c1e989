from importlib import import_module

import pytest

from sim.errors import SimError, UnknownPolicyError
from sim.policies import balancing, replacement
from sim.policies.registry import Registry


class Drink:
    """Something to drink."""

    def __init__(self, millilitres: int) -> None:
        self.millilitres = millilitres


@pytest.fixture
def drinks() -> Registry[Drink]:
    registry: Registry[Drink] = Registry("drink")

    @registry.register("tea")
    class Tea(Drink):
        """Leaves in hot water.

        With or without milk.
        """

    return registry


def test_make_passes_the_arguments_on(drinks):
    assert drinks.make("tea", 250).millilitres == 250


def test_a_name_is_given_once(drinks):
    with pytest.raises(ValueError, match=r"drink 'tea' is already registered by .*Tea"):
        drinks.register("tea")(Drink)


def test_a_policy_must_describe_itself(drinks):
    class Mystery(Drink):
        pass

    with pytest.raises(ValueError, match="'mystery' needs a docstring"):
        drinks.register("mystery")(Mystery)


def test_description_is_the_first_line(drinks):
    assert drinks.describe() == {"tea": "Leaves in hot water."}


def test_register_gives_the_class_back(drinks):
    assert drinks.register("water")(Drink) is Drink
    assert drinks.names == ("tea", "water")


@pytest.mark.parametrize("ask", [Registry.require, Registry.make])
def test_an_unknown_name_gets_the_nearest(ask):
    with pytest.raises(UnknownPolicyError) as caught:
        ask(replacement.registry, "lur")
    assert str(caught.value) == "unknown replacement policy 'lur' (did you mean 'lru'?)"
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, SimError)


def test_a_name_that_is_near_to_none_gets_the_list():
    with pytest.raises(UnknownPolicyError, match=r"known: .*client_hash.*round_robin"):
        balancing.registry.require("quux")


def test_what_scenarios_may_name():
    assert {"fifo", "lfu", "lru", "sieve"} <= set(replacement.registry.names)
    assert balancing.registry.require("round_robin") == "round_robin"


def test_the_modules_of_a_package_are_found_when_a_name_is_looked_up(tmp_path, monkeypatch):
    (tmp_path / "cellar").mkdir()
    (tmp_path / "cellar/__init__.py").write_text(
        "from sim.policies.registry import Registry\nregistry = Registry('drink', __name__)\n", "utf-8"
    )
    (tmp_path / "cellar/wine.py").write_text(
        "from cellar import registry\n@registry.register('wine')\nclass Wine:\n    'Old grapes.'\n", "utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    cellar = import_module("cellar")
    assert cellar.registry.describe() == {"wine": "Old grapes."}
