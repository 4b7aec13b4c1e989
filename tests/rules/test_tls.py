from __future__ import annotations

import pytest

from sim.rules.tls import (
    HANDSHAKES,
    TABLE,
    Handshake,
    HostFrom,
    Readable,
    Reader,
    TlsMode,
    readable,
    round_trips,
)
from tests.rules.cases import cases


@cases("tls_readable")
def test_who_can_read_what(exchange, expected):
    told = Readable(expected["client"], HostFrom[expected["host"]], expected["path"], expected["content"])
    assert readable(TlsMode(exchange["mode"]), Reader[exchange["party"]]) == told


@cases("tls_round_trips")
def test_what_it_costs_to_begin(exchange, expected):
    inner = Handshake[exchange["inner"]] if "inner" in exchange else None
    assert list(round_trips(TlsMode(exchange["mode"]), Handshake[exchange["outer"]], inner)) == expected


@pytest.mark.parametrize("mode", TlsMode)
def test_the_table_agrees_with_itself(mode):
    row = TABLE[mode]
    assert row.mode is mode
    assert set(row.readable) == set(Reader)
    reads = {party: row.readable[party].content for party in Reader}
    assert reads[Reader.PROXY] == (row.outer_ends_at is not Reader.SERVER), "who ends it reads it"
    assert reads[Reader.TAP_OUTER] == (row.outer_ends_at is None)
    assert reads[Reader.TAP_INNER] == (row.inner_ends_at is None)
    assert reads[Reader.SERVER]
    assert bool(row.proxy_holds) == (row.outer_ends_at is Reader.PROXY), "who ends it holds its key"
    assert all(what.path == what.content for what in row.readable.values())
    assert not row.readable[Reader.TAP_INNER].client_address


@pytest.mark.parametrize(
    ("mode", "handshake"), [(TlsMode.PLAIN, Handshake.TLS13_FULL), (TlsMode.BRIDGE, Handshake.NONE)]
)
def test_a_handshake_needs_tls_and_tls_a_handshake(mode, handshake):
    with pytest.raises(ValueError, match="does not go with"):
        round_trips(mode, handshake)


def test_only_early_data_can_be_replayed():
    assert [kind.name for kind, row in HANDSHAKES.items() if row.may_be_replayed] == ["TLS13_EARLY"]
