"""HAR, read by Chromium's developer tools: the very importer behind their network panel."""

from __future__ import annotations

import json

import pytest

from sim.exports.har import har
from tests.exports import runs
from tests.support import browser

IMPORT = """async text => {
  const { Importer, HARFormat } = await import('./models/har/har.js');
  const log = new HARFormat.HARRoot(JSON.parse(text)).log;
  return Importer.Importer.requestsFromHARLog(log).map(r => ({
    url: r.url(), status: r.statusCode, lasted_s: r.duration, method: r.requestMethod, bytes: r.transferSize,
    kind: r.resourceType().name(), remote: r.remoteAddress(),
  }));
}"""


def test_the_network_panel_reads_every_request():
    trace = runs.shipped("layered")
    with browser.opened() as (page, _):
        page.goto("devtools://devtools/bundled/devtools_app.html")
        page.wait_for_load_state()
        read = page.evaluate(IMPORT, har(trace))
    requests = trace.requests
    assert [request["url"] for request in read] == requests["target"].tolist()
    assert [request["status"] for request in read] == requests["status"].tolist()
    assert [request["bytes"] for request in read] == requests["response_bytes"].tolist()
    spent_s = (requests["completion_s"] - requests["arrival_s"]).tolist()
    assert [request["lasted_s"] for request in read] == pytest.approx(spent_s, abs=1e-5)
    assert {(request["kind"], request["remote"]) for request in read} == {("fetch", "10.2.0.1:80")}
    assert len(json.loads(har(trace))["log"]["entries"]) == len(read)
