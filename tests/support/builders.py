"""Small scenarios for tests: one population, one backend, one content class, and whatever a test changes."""

from __future__ import annotations

from typing import Any

from sim.scenario.schema import Scenario

POISSON = {"kind": "poisson", "rate": "100/s"}


def scenario(
    *,
    run: dict[str, Any] | None = None,
    arrivals: dict[str, Any] | None = None,
    clients: dict[str, dict[str, Any]] | None = None,
    content: dict[str, dict[str, Any]] | None = None,
) -> Scenario:
    """Build a scenario of clients that ask one backend directly.

    Parameters
    ----------
    run : dict, optional
        The run; 1,000 requests if absent.
    arrivals : dict, optional
        Arrivals of the population ``students``; Poisson at 100/s if absent.
    clients : dict of str to dict, optional
        What each population says besides its role; one of 20 ``students`` if absent.
    content : dict of str to dict, optional
        What each content class says besides host and server; one class ``pages`` if absent.

    Returns
    -------
    Scenario
        Complete: it can be drawn and run.
    """
    known = clients or {"students": {"count": 20, "arrivals": arrivals or POISSON}}
    nodes: dict[str, Any] = {"app": {"role": "backend", "address": "192.0.2.1"}}
    for number, (name, said) in enumerate(known.items(), 1):
        nodes[name] = {"role": "client", "addresses": f"10.{number}.0.0/16", "arrivals": POISSON, **said}
    server = {"host": "www.example.org", "served_by": "app"}
    return Scenario.model_validate(
        {
            "name": "test",
            "run": run or {"requests": 1000},
            "nodes": nodes,
            "links": [{"from": name, "to": "app", "delay": "1 ms"} for name in known],
            "content": {name: {**server, **said} for name, said in (content or {"pages": {}}).items()},
        }
    )
