import pytest
from pydantic import ValidationError

from sim.policies.guards import Refusal
from sim.policies.guards.blocklist import Blocklist
from tests.support.policies import visit


@pytest.mark.parametrize(
    ("target", "blocked"),
    [
        ("http://ads.example/", True),
        ("http://www.ads.example/", True),
        ("http://WWW.Ads.Example:8080/x", True),
        ("http://ads.example./", True),
        ("http://bads.example/", False),
        ("http://ads.example.org/", False),
        ("http://example/", False),
        ("http://other.example/admin", True),
        ("http://other.example/admin/users?x=1", True),
        ("http://other.example/public/admin", False),
    ],
)
def test_hosts_with_their_subdomains_and_beginnings_of_paths_are_refused(target, blocked):
    guard = Blocklist(hosts=["ads.example"], paths=["/admin"])
    assert (guard.judge(visit(target)) == Refusal(403)) is blocked


def test_an_empty_list_refuses_nothing():
    assert Blocklist().judge(visit("http://ads.example/admin")) is None


@pytest.mark.parametrize("said", [{"hosts": ["not a host"]}, {"paths": ["admin"]}, {"hosts": "ads.example", "x": 1}])
def test_what_is_no_host_and_no_path_is_an_error(said):
    with pytest.raises(ValidationError):
        Blocklist(**said)
