import pytest
from pydantic import ValidationError

from sim.policies.resilience import Retry
from sim.policies.resilience.retry import RetryIdempotent
from sim.policies.stage import Attempt
from tests.support.policies import visit


def failed(status, number=0):
    return Attempt(number, f"b{number}", status, "", 0.0, 1.0)


# RFC 9110 section 9.2.2: PUT, DELETE and the safe methods are idempotent; POST, PATCH and CONNECT are not.
@pytest.mark.parametrize("method", ["PUT", "DELETE", "GET", "HEAD", "OPTIONS", "TRACE"])
def test_idempotent_methods_are_tried_again(method):
    assert RetryIdempotent().again(visit(method=method), [failed(503)]) == Retry()


@pytest.mark.parametrize("method", ["POST", "PATCH", "CONNECT", "get"])
def test_others_are_not(method):
    assert RetryIdempotent().again(visit(method=method), [failed(503)]) is None


@pytest.mark.parametrize(("status", "again"), [(502, True), (503, True), (504, True), (500, False), (404, False)])
def test_only_failures_are_tried_again(status, again):
    assert (RetryIdempotent().again(visit(), [failed(status)]) is not None) is again


def test_the_number_of_attempts_is_limited():
    rule = RetryIdempotent(attempts=3)
    attempts = [failed(503), failed(503, 1)]
    assert rule.again(visit(), attempts) == Retry()
    assert rule.again(visit(), [*attempts, failed(503, 2)]) is None


@pytest.mark.parametrize("said", [{"attempts": 1}, {"attempts": 1000}, {"statuses": [404]}])
def test_settings_have_bounds(said):
    with pytest.raises(ValidationError):
        RetryIdempotent(**said)
