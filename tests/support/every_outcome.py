"""A trace with one request of every outcome, made by hand: what charts, player, report and exports show of each."""

from __future__ import annotations

from sim.outcomes import BLOCKED, BYPASS, COLLAPSED, FAILED, HIT, LIMITED, MISS, OUTCOMES, REVALIDATED, STALE, Outcome
from sim.trace.examples import Row, build, to_app, to_proxy
from sim.trace.trace import Trace

GAP_S = 0.9
"""Between two requests, in seconds: the only worker of the backend serves one after the other."""

REFUSED = {"response_bytes": 200, "error": "http_request_denied", "cache_status": ""}

OF_CLIENTS: dict[Outcome, Row] = {
    HIT: {"cache_status": "hit"},
    REVALIDATED: {"cache_status": "revalidated", "inside_s": 1.0},
    STALE: {"cache_status": "stale-hit"},
    COLLAPSED: {"cache_status": "collapsed", "collapse_wait_s": 0.3},
    MISS: {"cache_status": "uri-miss", "inside_s": 1.0},
    BYPASS: {"cache_status": "method", "inside_s": 1.0},
    LIMITED: {**REFUSED, "status": 429},
    BLOCKED: {**REFUSED, "status": 403},
    FAILED: {"cache_status": "uri-miss", "status": 504, "error": "connection_timeout"},
}
"""What the client's exchange says of itself, by outcome."""

STAGE_OF = {LIMITED: "rate_limit", BLOCKED: "blocklist"}
STAGES = {"rate_limit": "A token bucket for each client.", "blocklist": "Refuses targets that match a pattern."}


def every_outcome(*outcomes: Outcome) -> Trace:
    """Return a trace whose n-th request has the n-th of these outcomes, by default of all."""
    shown = outcomes or tuple(OUTCOMES.values())
    hops: list[Row] = []
    steps: list[Row] = []
    for number, outcome in enumerate(shown):
        hop_id, sent_s = len(hops), GAP_S * number
        hops.append(to_proxy(number, sent_s, **OF_CLIENTS[outcome]))
        steps += _steps(outcome, hops[-1], hop_id)
        if "inside_s" in OF_CLIENTS[outcome]:
            hops.append(to_app(number, sent_s + 0.1, parent=hop_id, service_s=0.8))
    hops = [{name: value for name, value in hop.items() if name != "inside_s"} for hop in hops]
    return build(hops, steps=steps, stages=STAGES)


def number_of(outcome: Outcome) -> int:
    """Return the request that has an outcome in the trace of all."""
    return list(OUTCOMES.values()).index(outcome)


def _steps(outcome: Outcome, hop: Row, hop_id: int) -> list[Row]:
    shared = {"request_id": hop["request_id"], "detail": "", "stage": ""}
    client = {**shared, "node": "students", "role": "client"}
    proxy = {**shared, "node": "proxy", "role": "forward_proxy", "hop_id": hop_id, "time_s": hop["received_s"]}
    acted = {**proxy, "step": 2, "name": "receive", "stage": STAGE_OF.get(outcome, "")}
    lookup = [] if outcome.is_refusal else [{**proxy, "step": 3, "name": "look_up"}]
    return [
        {**client, "step": 1, "name": "ask", "hop_id": -1, "time_s": hop["sent_s"]},
        acted,
        *lookup,
        {**proxy, "step": 7, "name": "answer", "time_s": hop["answered_s"]},
        {**client, "step": 2, "name": "receive", "hop_id": hop_id, "time_s": hop["returned_s"]},
    ]
