"""The laws that every trace obeys, whichever world it comes from.

Each law is a function that takes a trace and returns its violations.  Times are compared with a
slack of a billionth, because sums of floating-point times are rounded; everything else is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.outcomes import CACHE_STATUS_WORDS, COLLAPSED, HIT
from sim.trace.ended import ended
from sim.trace.levels import sweep
from sim.trace.sightings import readable, readable_claims, readable_fields, tap
from sim.trace.table import Numbers, Table, Words, alike


class CheckedTrace(Protocol):
    """What the laws read of a `sim.trace.Trace`."""

    meta: dict[str, Any]

    @property
    def tables(self) -> Mapping[str, Table]:
        """The four tables, by name."""

    @property
    def nodes(self) -> dict[str, dict[str, Any]]:
        """What the scenario says of each node, by name."""

    @property
    def is_cut_short(self) -> bool:
        """Whether the run was interrupted."""


Mask = NDArray[np.bool_]
Law = Callable[[CheckedTrace], list[str]]

ANSWERED_WITHOUT_ASKING = [CACHE_STATUS_WORDS[status] for it in (HIT, COLLAPSED) for status in it.cache_statuses]
"""What the cache of a node did that answered a request and asked no other node for its sake."""

SLACK = 1e-9
"""Relative slack in the comparison of times; absolute below one second."""


def violations(trace: CheckedTrace) -> list[str]:
    """Hold a trace to every law.

    Parameters
    ----------
    trace : CheckedTrace
        Any trace.

    Returns
    -------
    list of str
        ``law: what is wrong``; empty if all laws hold.  If rows do not even point to each other, only that is
        reported, because no other law can then be judged.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> violations(three_requests())
    []
    """
    foundations = [line for law in FOUNDATIONS for line in _named(law, trace)]
    return foundations or [line for law in LAWS for line in _named(law, trace)]


def _named(law: Law, trace: CheckedTrace) -> list[str]:
    return [f"{law.__name__}: {line}" for line in law(trace)]


def every_request_ends_once(trace: CheckedTrace) -> list[str]:
    """Require that every request is there once and has an end; a run cut short may lack some."""
    requests = trace.tables["requests"]
    ids, arrival_s = requests.numbers("request_id"), requests.numbers("arrival_s")
    rising = bool(np.all(np.diff(ids) > 0))
    complete = trace.is_cut_short or len(ids) == trace.meta["issued"]
    unended = ~(requests.numbers("completion_s") >= arrival_s)
    return [
        *([] if rising else ["a request is there twice, or out of order"]),
        *([] if complete or not rising else ["requests are missing"]),
        *_rows("no completion after its arrival", unended, ids, "request"),
    ]


def rows_point_to_rows(trace: CheckedTrace) -> list[str]:
    """Require that hops are numbered from 0, and that requests and parents exist; a parent comes first."""
    hops, known = trace.tables["hops"], trace.tables["requests"].numbers("request_id")
    purpose = hops.words("purpose")
    ids, parents, request = (hops.numbers(name) for name in ("hop_id", "parent_hop_id", "request_id"))
    if not np.array_equal(ids, np.arange(len(ids))):
        return ["hop_id is not numbered from 0"]
    child = parents >= 0
    parent = np.where(child, parents, 0).clip(max=max(len(ids) - 1, 0))
    receiver, sender = alike(hops.words("receiver"), hops.words("sender"))
    stranger = child & ((parents >= ids) | (request[parent] != request) | (receiver[parent] != sender))
    return [
        *_rows("its request is not there", ~np.isin(request, known) & ~purpose.equal("probe"), ids),
        *_rows("its purpose is not that of its request_id and task", _has_another_purpose(hops), ids),
        *_rows("its parent is no earlier exchange of the same request with its sender", stranger | (parents < -1), ids),
        *_rows("not in the order of requests", np.diff(request, prepend=request[:1]) < 0, ids),
    ]


def _has_another_purpose(hops: Table) -> Mask:
    purpose, is_probe, is_background = hops.words("purpose"), hops.numbers("request_id") < 0, hops.numbers("task") > 0
    wrong = purpose.equal("probe") != is_probe
    wrong |= purpose.equal("background") != (is_background & ~is_probe)
    return np.asarray(wrong | (purpose.equal("request") != ~(is_probe | is_background)))


def times_are_in_order(trace: CheckedTrace) -> list[str]:
    """Require of a hop: sent, received, answered, returned; what did not happen is NaN."""
    hops = trace.tables["hops"]
    sent, received, answered, returned = _times(hops)
    disorder = ~(returned >= sent) | (received < sent) | (answered < received) | (returned < answered)
    disorder |= (returned < received) | (np.isnan(received) & ~np.isnan(answered))
    return _rows("not sent ≤ received ≤ answered ≤ returned", disorder, hops.numbers("hop_id"))


def causes_add_up(trace: CheckedTrace) -> list[str]:
    """Require that connecting, TLS, transfer and residence make up the time of an answered hop."""
    hops = trace.tables["hops"]
    sent, received, answered, returned = _times(hops)
    causes = [hops.numbers(name) for name in ("connect_s", "tls_s", "transfer_s")]
    gap = np.abs(sum(causes) + (answered - received) - (returned - sent)) > _slack(returned)
    negative = np.any([cause < 0 for cause in causes], axis=0)
    ids = hops.numbers("hop_id")
    return [
        *_rows("connect + tls + transfer + residence is not returned - sent", gap, ids),
        *_rows("a negative cause", negative, ids),
    ]


def work_fits_into_residence(trace: CheckedTrace) -> list[str]:
    """Require that waiting, service and collapse wait at a node fit into the time of the request there."""
    hops = trace.tables["hops"]
    _, received, answered, _ = _times(hops)
    waiting, service, held = _work(hops)
    wrong = (waiting + service + held > answered - received + _slack(answered)) | (waiting < 0)
    wrong |= (service < 0) | (held < 0)
    what = "waiting + service + collapse wait is more than answered - received, or negative"
    return _rows(what, wrong, hops.numbers("hop_id"))


def children_lie_inside_parents(trace: CheckedTrace) -> list[str]:
    """Require that an exchange begins after its parent was received and ends before that is answered.

    A background task may outlast the exchange in which it was started; all exchanges made in it belong to it too.
    """
    hops = trace.tables["hops"]
    sent, received, answered, returned = _times(hops)
    parents, task = hops.numbers("parent_hop_id"), hops.numbers("task")
    child = np.flatnonzero(parents >= 0)
    parent = parents[child]
    early = ~(sent[child] >= received[parent] - _slack(received[parent]))
    late = returned[child] > answered[parent] + _slack(answered[parent])
    spawned = task[child] > task[parent]
    return [
        *_rows("outside the residence of its parent", early | (late & ~spawned), child),
        *_rows("made for a background task, but not part of it", task[child] < task[parent], child),
    ]


def the_client_got_what_was_carried(trace: CheckedTrace) -> list[str]:
    """Require that a request's end, status and bytes are those of the client's last exchange for it."""
    requests, hops = trace.tables["requests"], trace.tables["hops"]
    ids = requests.numbers("request_id")
    own = hops.take((hops.numbers("parent_hop_id") < 0) & hops.words("purpose").equal("request"))
    last = _last_of_each(own.numbers("request_id"), own.numbers("returned_s"))
    final = own.take(last)
    lonely = ~np.isin(ids, final.numbers("request_id"))
    if lonely.any():
        return _rows("no exchange of its client", lonely, ids, "request")
    ends = requests.numbers("completion_s")
    late = np.abs(ends - final.numbers("returned_s")) > _slack(ends)
    same = [requests.numbers(name) == final.numbers(name) for name in ("status", "response_bytes")]
    return [
        *_rows("its completion is not the return of its last exchange", late, ids, "request"),
        *_rows("its status is not that of its last exchange", ~same[0], ids, "request"),
        *_rows("its bytes are not those of its last exchange", ~same[1], ids, "request"),
    ]


def bytes_are_conserved(trace: CheckedTrace) -> list[str]:
    """Require that a node that passes an answer on passes on the bytes that it got, unless it has transforms."""
    hops = trace.tables["hops"]
    changing = [name for name, node in trace.nodes.items() if node.get("transforms")]
    status, carried = hops.numbers("status"), hops.numbers("response_bytes")
    answered = hops.take(_awaited(hops) & ~np.isnan(hops.numbers("answered_s")))
    source = answered.take(_last_of_each(answered.numbers("parent_hop_id"), answered.numbers("returned_s")))
    parent = source.numbers("parent_hop_id")
    passed_on = (status[parent] == source.numbers("status")) & hops.words("error").equal("")[parent]
    passed_on &= ~hops.words("receiver").among(changing)[parent]
    changed = passed_on & (carried[parent] != source.numbers("response_bytes"))
    return [
        *_rows("bytes of the answer changed on the way", changed, parent),
        *_rows("negative bytes", (carried < 0) | (hops.numbers("request_bytes") < 0), hops.numbers("hop_id")),
    ]


def workers_serve_one_at_a_time(trace: CheckedTrace) -> list[str]:
    """Require that a first-in-first-out station never has more requests in service than workers.

    A trace does not hold when a request was served that also waited for another one, or whose answer was changed: the
    former are left out, and the work of a node with transforms need only fit into the time that it had.
    """
    hops = trace.tables["hops"]
    found = []
    for name, node in trace.nodes.items():
        if not node.get("workers") or node.get("discipline") == "processor_sharing":
            continue
        here = hops.take(hops.words("receiver").equal(name) & (hops.numbers("collapse_wait_s") == 0))
        begin = here.numbers("received_s") + here.numbers("waiting_s")
        if node.get("transforms"):
            found += _overworked(name, node["workers"], here)
            continue
        end = begin + here.numbers("service_s") - _slack(begin)
        most = sweep(begin[end > begin], end[end > begin]).highest()
        if most > node["workers"]:
            found.append(f"{name}: {most} in service at once, but {node['workers']} workers")
    return found


def _overworked(name: str, workers: int, here: Table) -> list[str]:
    """Find more work at a node than its workers could do from its first request to its last answer."""
    served = here.take(~np.isnan(here.numbers("answered_s")))
    if not len(served):
        return []
    had_s = float(served.numbers("answered_s").max() - served.numbers("received_s").min())
    work_s = float(served.numbers("service_s").sum())
    if work_s <= workers * had_s * (1 + 1e-9):
        return []
    return [f"{name}: {work_s:g} s of work in {had_s:g} s by {workers} workers"]


def hits_go_no_further(trace: CheckedTrace) -> list[str]:
    """Require that a hit is answered without asking another node."""
    hops = trace.tables["hops"]
    hit = hops.words("cache_status").among(ANSWERED_WITHOUT_ASKING)
    asked = np.isin(hops.numbers("hop_id"), hops.numbers("parent_hop_id")[_awaited(hops)])
    return _rows("a cache hit that was forwarded", hit & asked, hops.numbers("hop_id"))


def outcomes_follow_from_hops(trace: CheckedTrace) -> list[str]:
    """Require that outcome and answering node of each request are those of its hops (the rule in `sim.outcomes`)."""
    requests = trace.tables["requests"]
    found, ids = ended(requests, trace.tables["hops"]), requests.numbers("request_id")
    return [
        *_rows("its outcome is not that of its hops", ~_same(requests.words("outcome"), found.outcome), ids, "request"),
        *_rows(
            "it was not answered by that node", ~_same(requests.words("answered_by"), found.answered_by), ids, "request"
        ),
    ]


def nobody_sees_what_is_hidden(trace: CheckedTrace) -> list[str]:
    """Require that observers are an end or a tap of the exchange, and read only what was carried in the clear."""
    seen, hops = trace.tables["sightings"], trace.tables["hops"]
    hop_id = seen.numbers("hop_id")
    if not np.all((hop_id >= 0) & (hop_id < len(hops))):
        return ["a sighting of no exchange"]
    at = hops.take(hop_id)
    request = seen.words("message").equal("request")
    sees, by_tap = _may_see(seen, at, request)
    modes = at.words("tls_mode")
    clear = np.where(
        by_tap,
        modes.look_up({mode: readable(mode).taps for mode in modes.names}, dtype=bool),
        modes.look_up({mode: readable(mode).ends for mode in modes.names}, dtype=bool),
    )
    reads = seen.numbers("content_readable").copy()
    for name in (*readable_fields(), "target", "user"):
        reads |= ~seen.words(name).equal("")
    return [
        *_rows("neither an end of the exchange nor a tap on its link", ~sees, hop_id),
        *_rows("reads what is not readable to it", reads & ~clear, hop_id),
        *_rows("reads what was not carried", ~_was_carried(seen, at, request, clear), hop_id),
    ]


def _may_see(seen: Table, at: Table, request: Mask) -> tuple[Mask, Mask]:
    """Return for each sighting whether its observer is an end or a tap of the exchange, and whether a tap."""
    observer, receiver, sender = alike(seen.words("observer"), at.words("receiver"), at.words("sender"))
    as_end = observer == np.where(request, receiver, sender)
    places = {(a, b) for a in at.words("sender").names for b in at.words("receiver").names}
    ends = {tap(a, b): (a, b) for a, b in places}
    words = seen.words("observer")
    tapped = [Words(words.codes, tuple(ends.get(name, ("", ""))[side] for name in words.names)) for side in (0, 1)]
    as_tap = _same(tapped[0], at.words("sender")) & _same(tapped[1], at.words("receiver"))
    return as_end | as_tap, as_tap


def _was_carried(seen: Table, at: Table, request: Mask, clear: Mask) -> Mask:
    """Return for each sighting whether addresses and fields are those of the exchange."""
    source, destination = at.words("source_ip"), at.words("destination_ip")
    there = _same(seen.words("source_ip"), source) & _same(seen.words("destination_ip"), destination)
    back = _same(seen.words("source_ip"), destination) & _same(seen.words("destination_ip"), source)
    true = np.where(request, there, back)
    claims_of = readable_claims(at, clear)
    fields = {name: at.words(name) for name in readable_fields()}
    for name, carried in {"claimed_client_ips": claims_of, **fields}.items():
        read = seen.words(name)
        true &= read.equal("") | (request & _same(read, carried))
    return np.asarray(true)


def littles_law_holds(trace: CheckedTrace) -> list[str]:
    """Require that the time integral of the number in flight, swept from the hops, is the sum of the times spent.

    For the whole system the times are the requests' response times; for a station they are waiting, service and
    collapse wait, of the requests that it answered by itself.  (J. D. C. Little, Operations Research 9, 1961; on a
    finite sample path that begins and ends empty: S. Stidham, Operations Research 22, 1974.)
    """
    requests, hops = trace.tables["requests"], trace.tables["hops"]
    own = hops.take((hops.numbers("parent_hop_id") < 0) & hops.words("purpose").equal("request"))
    first = own.take(_last_of_each(own.numbers("request_id"), -own.numbers("sent_s"))).numbers("sent_s")
    last = own.take(_last_of_each(own.numbers("request_id"), own.numbers("returned_s"))).numbers("returned_s")
    spent = requests.numbers("completion_s") - requests.numbers("arrival_s")
    found = _integral_equals_sum("the whole system", first, last, spent)
    asked = np.isin(hops.numbers("hop_id"), hops.numbers("parent_hop_id")[_awaited(hops)])
    alone = ~asked & ~np.isnan(hops.numbers("answered_s"))
    for name in hops.words("receiver").canonical().names:
        here = hops.take(alone & hops.words("receiver").equal(name))
        waiting, service, held = _work(here)
        found += _integral_equals_sum(
            name, here.numbers("received_s"), here.numbers("answered_s"), waiting + service + held
        )
    return found


def _integral_equals_sum(where: str, starts: Numbers, ends: Numbers, spent: Numbers) -> list[str]:
    integral, total = sweep(starts, ends).area(), float(np.sum(spent))
    slack = SLACK * max(1.0, abs(total)) + float(np.sum(_slack(ends)))
    return [] if abs(integral - total) <= slack else [f"{where}: ∫N(t)dt = {integral:.9g} s, but ΣW = {total:.9g} s"]


FOUNDATIONS: tuple[Law, ...] = (rows_point_to_rows,)

LAWS: tuple[Law, ...] = (
    every_request_ends_once,
    times_are_in_order,
    causes_add_up,
    work_fits_into_residence,
    children_lie_inside_parents,
    the_client_got_what_was_carried,
    bytes_are_conserved,
    workers_serve_one_at_a_time,
    hits_go_no_further,
    outcomes_follow_from_hops,
    nobody_sees_what_is_hidden,
    littles_law_holds,
)


def _rows(what: str, wrong: Numbers, ids: Numbers, noun: str = "hop") -> list[str]:
    """Make one complaint of all rows that are wrong in the same way."""
    bad = ids[wrong]
    if not len(bad):
        return []
    more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
    return [f"{what}: {noun} {bad[0]}{more}"]


def _times(hops: Table) -> Iterable[Numbers]:
    return (hops.numbers(name) for name in ("sent_s", "received_s", "answered_s", "returned_s"))


def _work(hops: Table) -> list[Numbers]:
    return [hops.numbers(name) for name in ("waiting_s", "service_s", "collapse_wait_s")]


def _awaited(hops: Table) -> Mask:
    """Whether the receiver of each hop's parent waited for it: it was no background task."""
    parents, task = hops.numbers("parent_hop_id"), hops.numbers("task")
    child = parents >= 0
    return np.asarray(child & (task <= task[np.where(child, parents, 0)] if len(hops) else child))


def _slack(times_s: Numbers) -> Numbers:
    return np.asarray(SLACK * np.maximum(1.0, np.abs(times_s)))


def _last_of_each(group: Numbers, key: Numbers) -> Numbers:
    """Return the row with the greatest key in each group, groups in increasing order."""
    order = np.lexsort((key, group))
    is_last = np.append(np.diff(group[order]) != 0, True) if len(group) else np.empty(0, dtype=bool)
    return np.asarray(order[is_last])


def _same(one: Words, other: Words) -> Mask:
    left, right = alike(one, other)
    return np.asarray(left == right)
