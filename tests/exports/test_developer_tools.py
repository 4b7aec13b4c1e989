"""HAR and trace events, read by Chromium's developer tools: what is behind their network and performance panels."""

from __future__ import annotations

import pytest

from sim.exports.har import har
from sim.exports.perfetto import perfetto
from tests.exports import runs
from tests.support import browser

TOOLS = "devtools://devtools/bundled/devtools_app.html"

NETWORK = """async text => {
  const { Importer, HARFormat } = await import('./models/har/har.js');
  const log = new HARFormat.HARRoot(JSON.parse(text)).log;
  return Importer.Importer.requestsFromHARLog(log).map(r => ({
    url: r.url(), status: r.statusCode, lasted_s: r.duration, method: r.requestMethod, bytes: r.transferSize,
    kind: r.resourceType().name(), remote: r.remoteAddress(),
  }));
}"""

PERFORMANCE = """async text => {
  const { TraceModel } = await import('./models/trace/trace.js');
  const model = TraceModel.Model.createWithAllHandlers();
  await model.parse(JSON.parse(text).traceEvents, { isFreshRecording: false, metadata: {} });
  const found = [];
  const walk = (thread, node, outer) => {
    const { name, cat, ts, dur, args } = node.entry;
    found.push({ lane: thread.name, name, cat, ts, dur, hop: args.hop_id ?? -1, outer: outer?.args.hop_id ?? -1 });
    node.children.forEach(child => walk(thread, child, node.entry));
  };
  for (const { threads } of model.parsedTrace(0).data.Renderer.processes.values())
    for (const thread of threads.values()) thread.tree.roots.forEach(root => walk(thread, root, null));
  return found;
}"""


def read(script, text):
    with browser.opened() as (page, _):
        page.goto(TOOLS)
        page.wait_for_load_state()
        return page.evaluate(script, text)


def test_the_network_panel_reads_every_request():
    trace = runs.shipped("layered")
    found, requests = read(NETWORK, har(trace)), trace.requests
    assert [request["url"] for request in found] == requests["target"].tolist()
    assert [request["status"] for request in found] == requests["status"].tolist()
    assert [request["bytes"] for request in found] == requests["response_bytes"].tolist()
    spent_s = (requests["completion_s"] - requests["arrival_s"]).tolist()
    assert [request["lasted_s"] for request in found] == pytest.approx(spent_s, abs=1e-5)
    assert {(request["kind"], request["remote"]) for request in found} == {("fetch", "10.2.0.1:80")}


def test_the_performance_panel_reads_every_slice_in_its_lane_and_under_its_parent():
    trace = runs.shipped("layered")
    found, hops = read(PERFORMANCE, perfetto(trace)), trace.hops
    sent = {one["hop"]: one for one in found if one["cat"] == "exchange"}
    assert sorted(sent) == hops["hop_id"].tolist()
    assert [sent[hop]["outer"] for hop in sorted(sent)] == hops["parent_hop_id"].tolist()
    lasted_us = ((hops["returned_s"] - hops["sent_s"]) * 1e6).tolist()
    assert [sent[hop]["dur"] for hop in sorted(sent)] == pytest.approx(lasted_us, abs=0.01)
    assert sum(one["cat"] == "request" for one in found) == len(trace.requests)
    assert sum(one["name"] == "service" for one in found) == (hops["service_s"] > 0).sum()
    assert all(one["lane"].startswith("lane ") for one in found)
