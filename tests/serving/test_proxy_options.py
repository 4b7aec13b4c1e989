from __future__ import annotations

from dataclasses import fields
from typing import get_type_hints

import pytest

from sim.serving.proxy_options import ForwardOptions, OptionHelp, ReverseOptions


@pytest.mark.parametrize("options", [ForwardOptions, ReverseOptions])
def test_every_option_has_a_default_and_says_what_it_does(options):
    assert options() == options()
    kinds = get_type_hints(options, include_extras=True)
    for one in fields(options):
        (said,) = kinds[one.name].__metadata__
        assert isinstance(said, OptionHelp)
        assert said.text.endswith(".")


def test_nothing_listens_to_strangers_unless_told():
    assert ForwardOptions().listen.startswith("127.")
    assert ReverseOptions().listen.startswith("127.")
    assert ForwardOptions().allow_from == ForwardOptions().allow_to == ()
