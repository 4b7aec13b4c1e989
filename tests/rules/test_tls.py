from __future__ import annotations

import pytest

from sim.rules.tls import (
    HANDSHAKES,
    TABLE,
    HostFrom,
    Readable,
    Reader,
    TlsMode,
    readable,
    readable_on_link,
)
from tests.rules.cases import cases


@cases("tls_readable")
def test_who_can_read_what(exchange, expected):
    told = Readable(expected["client"], HostFrom[expected["host"]], expected["path"], expected["content"])
    assert readable(TlsMode(exchange["mode"]), Reader[exchange["party"]]) == told


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


def test_only_early_data_can_be_replayed():
    assert [kind.name for kind, row in HANDSHAKES.items() if row.may_be_replayed] == ["TLS13_EARLY"]


@pytest.mark.parametrize(
    ("link_mode", "expected"),
    [
        ("plain", (True, True, False)),
        ("tls", (True, False, True)),
        ("tls-to-proxy", (True, False, False)),
    ],
)
def test_on_a_link_tls_hides_all_but_the_name_from_taps(link_mode, expected):
    assert readable_on_link(link_mode) == expected
