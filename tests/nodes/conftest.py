"""Proxies for the tests of their caches."""

import pytest

from tests.support.parties import forward_proxy, reverse_proxy
from tests.support.scripted_world import Conversation


@pytest.fixture(params=["forward", "reverse"])
def talk(request):
    """One proxy with a cache; both kinds do everything here alike."""
    make = {"forward": forward_proxy, "reverse": reverse_proxy}[request.param]
    return Conversation(make("proxy", cache="1 MiB"))
