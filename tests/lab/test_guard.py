from __future__ import annotations

import asyncio

import pytest

from sim.lab.endpoints import LOOPBACK
from sim.lab.faults import RefusedError
from sim.lab.guard import Guard
from sim.lab.server import Peer
from sim.messages import Response
from tests.support.sockets import get


def asked_from(ip):
    async def answer(request, peer):
        return Response(204, (), 0)

    return asyncio.run(Guard(answer, LOOPBACK).answer(get(), Peer(ip, 1, "127.0.0.1", 2, None, lambda *_: None)))


def test_this_machine_may_ask_and_strangers_may_not():
    assert asked_from("127.8.8.8").status == 204
    with pytest.raises(RefusedError) as caught:
        asked_from("10.0.0.1")
    assert caught.value.status == 403
