"""The rows of a workload as the request messages that clients send, the same in every world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from sim.messages import NO_FIELDS, Request, make_draws, make_request
from sim.workload.columns import METHODS, Workload


def requests(workload: Workload, part: slice) -> Iterator[Request]:
    """Yield the request messages of some rows.

    Parameters
    ----------
    workload : Workload
        The workload.
    part : slice
        The rows, with start and stop.

    Yields
    ------
    Request
        Its id is the number of its row; it has the random numbers of its row.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> from sim.workload.draw import draw
    >>> [each.request_id for each in requests(draw(load.load(library.path("direct"))), slice(2, 4))]
    [2, 3]
    """
    catalogue, target = workload.catalogue, workload.target[part]
    classes = [catalogue.classes[i] for i in catalogue.class_of[target].tolist()]
    methods = (*METHODS, "OTHER")
    draws = zip(
        workload.service_demand_s[part].tolist(),
        workload.response_bytes[part].tolist(),
        [kind.response_fields for kind in classes],
        workload.balance_draw[part].tolist(),
        workload.link_draw[part].tolist(),
        strict=True,
    )
    rows = zip(
        range(part.start, part.stop),
        [methods[i] for i in workload.method[part].tolist()],
        looked_up(catalogue.urls, target),
        [kind.host for kind in classes],
        repeat(NO_FIELDS, len(target)),
        workload.request_bytes[part].tolist(),
        map(make_draws, draws),
        repeat(None, len(target)),
        repeat("", len(target)),
        strict=True,
    )
    return map(make_request, rows)


def looked_up(texts: Sequence[str], numbers: NDArray[np.int32]) -> Iterable[str]:
    """Return texts by their numbers; a text that is made on demand is asked for once only.

    >>> list(looked_up(["a", "b"], np.array([1, 0, 1], dtype=np.int32)))
    ['b', 'a', 'b']
    """
    wanted = numbers.tolist()
    text_of = {number: texts[number] for number in set(wanted)}
    return map(text_of.__getitem__, wanted)
