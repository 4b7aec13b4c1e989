"""What caches answered from their stores, and how much less the backends had to do.

All numbers are of the requests that arrived after the warm-up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.outcomes import CACHE_HITS, CACHE_STATUS_WORDS

if TYPE_CHECKING:
    import pandas as pd

    from sim.trace.table import Table
    from sim.trace.trace import Trace


NOT_PLAIN_HITS = tuple(word.replace("-", "_") for word in CACHE_STATUS_WORDS[2:])
"""Columns of `ratios` with the counts of other cache statuses; most are zero in most runs."""


def ratios(trace: Trace) -> pd.DataFrame:
    """Count what each cache answered from its store.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    pandas.DataFrame
        One row per node with a cache: node, requests (that reached it), hits, hit_ratio, response_bytes (of all its
        responses), hit_bytes, byte_hit_ratio; the reasons for forwarding uri_miss, stale, bypass, method, vary_miss,
        request, partial (RFC 9211 section 2.2); and revalidated, stale_hit, collapsed.  A stale hit is a hit, a
        revalidated response is none: it took an exchange with the next node.  Ratios are of all requests that
        reached the cache, cacheable or not; NaN if there were none.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> ratios(three_requests())[["node", "requests", "hits", "byte_hit_ratio"]]
        node  requests  hits  byte_hit_ratio
    0  proxy         3     1             0.2
    """
    import pandas as pd

    hops = trace.tables["hops"].take(trace.counted_hops)
    names = [name for name, node in trace.nodes.items() if node.get("cache")]
    rows = [_cache(name, hops.take(hops.words("receiver").equal(name))) for name in names]
    columns = ["node", "requests", "hits", "hit_ratio", "response_bytes", "hit_bytes", "byte_hit_ratio"]
    return pd.DataFrame(rows, columns=[*columns, *NOT_PLAIN_HITS])


def _cache(name: str, asked: Table) -> dict[str, str | int | float]:
    status = asked.words("cache_status")
    carried = asked.numbers("response_bytes")
    hit = status.among(CACHE_HITS)
    hits, hit_bytes = int(hit.sum()), int(carried[hit].sum())
    return {
        "node": name,
        "requests": len(asked),
        "hits": hits,
        "hit_ratio": ratio(hits, len(asked)),
        "response_bytes": int(carried.sum()),
        "hit_bytes": hit_bytes,
        "byte_hit_ratio": ratio(hit_bytes, int(carried.sum())),
        **{word.replace("-", "_"): int(status.equal(word).sum()) for word in CACHE_STATUS_WORDS[2:]},
    }


def spared(trace: Trace) -> pd.DataFrame:
    """Compare the load that clients issued with the load that reached the backends.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    pandas.DataFrame
        One row: client_requests, backend_requests, spared_requests, spared_requests_ratio, and the same for
        response bytes: client_bytes, backend_bytes, spared_bytes, spared_bytes_ratio.  Negative if backends received
        more requests than clients issued, because of failed attempts.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> spared(three_requests())[["client_requests", "backend_requests", "spared_requests"]].to_numpy().tolist()
    [[3, 2, 1]]
    """
    import pandas as pd

    requests = trace.tables["requests"].take(trace.counted)
    served = backend_hops(trace)
    asked_bytes = int(requests.numbers("response_bytes").sum())
    served_bytes = int(served.numbers("response_bytes").sum())
    row: dict[str, int | float] = {}
    for what, asked, done in (("requests", len(requests), len(served)), ("bytes", asked_bytes, served_bytes)):
        kept = asked - done
        row |= {f"client_{what}": asked, f"backend_{what}": done, f"spared_{what}": kept}
        row[f"spared_{what}_ratio"] = ratio(kept, asked)
    return pd.DataFrame([row])


def backend_hops(trace: Trace) -> Table:
    """Return the exchanges with backends, without those of the warm-up.

    >>> from sim.trace.examples import three_requests
    >>> len(backend_hops(three_requests()))
    2
    """
    hops = trace.tables["hops"]
    backends = [name for name, node in trace.nodes.items() if node["role"] == "backend"]
    is_probe = hops.numbers("request_id") < 0
    return hops.take(trace.counted_hops & ~is_probe & hops.words("receiver").among(backends))


def ratio(part: float, whole: float) -> float:
    """Return a quotient; NaN if the divisor is 0.

    >>> ratio(1, 4), ratio(0, 0)
    (0.25, nan)
    """
    return part / whole if whole else float(np.nan)
