from __future__ import annotations

import asyncio

import pytest

from sim.http1.endpoints import LOOPBACK
from sim.http1.errors import RefusedError
from sim.http1.server import Peer
from sim.messages import Response
from sim.serving.client_filter import ClientFilter
from tests.support.sockets import get


def asked_from(ip):
    async def answer(request, peer):
        return Response(204, (), 0)

    return asyncio.run(ClientFilter(answer, LOOPBACK).answer(get(), Peer(ip, 1, "127.0.0.1", 2, None, lambda *_: None)))


def test_this_machine_may_ask_and_strangers_may_not():
    assert asked_from("127.8.8.8").status == 204
    with pytest.raises(RefusedError) as caught:
        asked_from("10.0.0.1")
    assert caught.value.status == 403
