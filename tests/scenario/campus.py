"""A small scenario as plain data, to be spoilt by tests in one place each."""

import copy

from sim.errors import ScenarioError
from sim.scenario.load import load

DATA = {
    "run": {"requests": 100},
    "nodes": {
        "students": {
            "role": "client",
            "count": 20,
            "addresses": "10.1.0.0/16",
            "proxy": "edge",
            "arrivals": {"kind": "poisson", "rate": "15/s"},
        },
        "edge": {"role": "forward_proxy", "address": "10.2.0.1", "outbound_address": "198.51.100.1"},
        "gateway": {"role": "reverse_proxy", "address": "203.0.113.1", "backends": ["app-1", "app-2"]},
        "app-1": {"role": "backend", "address": "203.0.113.11"},
        "app-2": {"role": "backend", "address": "203.0.113.12"},
    },
    "links": [
        {"from": "students", "to": "edge", "preset": "lan"},
        {"from": "edge", "to": "gateway", "delay": "20 ms", "bandwidth": "100 Mbit/s"},
        {"from": "app-1", "to": "gateway", "preset": "lan"},
        {"from": "gateway", "to": "app-2", "preset": "lan"},
    ],
    "content": {"pages": {"host": "www.example.org", "served_by": "gateway"}},
}
"""Students behind a forward proxy, two servers behind a reverse proxy; one link is written the other way round."""


def spoilt(changes=None):
    """Copy the data and set values by their dotted paths; a value of None deletes."""
    data = copy.deepcopy(DATA)
    for path, value in (changes or {}).items():
        *way, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
        place = data
        for step in way:
            place = place[step]
        if value is None:
            del place[last]
        elif isinstance(place, list) and last == len(place):
            place.append(value)
        else:
            place[last] = value
    return data


def problems_of(changes=None, overrides=()):
    """Load the spoilt data and return the text of every problem."""
    try:
        load(spoilt(changes), overrides)
    except ScenarioError as error:
        return [str(problem) for problem in error.problems]
    return []


def problems_of_file(file, overrides=()):
    """Load a file and give the text of every problem."""
    try:
        load(file, overrides)
    except ScenarioError as error:
        return [str(problem) for problem in error.problems]
    return []
