from __future__ import annotations

import pytest

from sim.http1.errors import CutOffError, UpstreamError, as_response


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("connection_refused", 502),
        ("http_protocol_error", 502),
        ("http_response_incomplete", 502),
        ("connection_timeout", 504),
        ("http_response_timeout", 504),
        ("destination_ip_prohibited", 403),
    ],
)
def test_the_status_that_tells_a_client(error, status):
    response = as_response(UpstreamError(error, "why"))
    assert (response.status, response.error) == (status, error)


def test_cut_off_has_its_own_word():
    assert CutOffError("in the middle").error == "http_response_incomplete"
    assert str(CutOffError("in the middle")) == "http_response_incomplete: in the middle"
