import pytest

from sim.errors import ScenarioError
from sim.workload.clients import clients, populations
from tests.support.builders import scenario

TWO = {"students": {"count": 3}, "staff": {"count": 2}}


def test_clients_are_numbered_population_after_population():
    known = clients(scenario(clients=TWO))
    assert known.populations == ("students", "staff")
    assert known.population_of.tolist() == [0, 0, 0, 1, 1]
    assert list(known.addresses) == ["10.1.0.1", "10.1.0.2", "10.1.0.3", "10.2.0.1", "10.2.0.2"]


def test_populations_are_the_client_nodes():
    assert list(populations(scenario(clients=TWO))) == ["students", "staff"]


def test_ten_million_clients_cost_little():
    known = clients(scenario(clients={"world": {"count": 10_000_000, "addresses": "10.0.0.0/8"}}))
    assert len(known.addresses) == 10_000_000
    assert known.addresses[9_999_999] == "10.152.150.128"


LOG = {"visitors": {"arrivals": {"kind": "access_log", "file": "a.log"}, "addresses": "10.7.0.0/30"}, **TWO}


def test_a_log_says_how_many_clients_there_are():
    known = clients(scenario(clients=LOG), {"visitors": 2})
    assert list(known.addresses)[:3] == ["10.7.0.1", "10.7.0.2", "10.2.0.1"]


def test_more_logged_clients_than_addresses_are_refused():
    with pytest.raises(ScenarioError, match=r"nodes.visitors.addresses: 10.7.0.0/30 has 2 addresses for 3 clients"):
        clients(scenario(clients=LOG), {"visitors": 3})
