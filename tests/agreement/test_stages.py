"""A stage is one file, and every world and every reader knows it from then on.

For each kind a module is written to a folder of the test and registered, as a student would; nothing in ``sim/``
changes.  Then it is looked for: in the JSON Schema, in simulated time, over real sockets, in the table of steps, in
the ladder, on the player's page and in a product's notes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from typer.testing import CliRunner

import sim
from sim.charts import ladder
from sim.cli import app
from sim.player.page import page
from sim.products import PROGRAMS
from sim.products.task import task
from sim.validation import validate
from tests.support.registered import forgetting, run_module

MODULES = {
    "one_in_three": """
from sim.policies.guards import Guard, Refusal, registry
from sim.policies.stage import setting

@registry.register("one_in_three")
class OneInThree(Guard):
    "One in three: refuses every third request."
    every: int = setting(3, ge=1, description="How often.")

    def start(self):
        self.count = 0

    def judge(self, visit):
        self.count += 1
        return Refusal(429) if self.count % self.every == 0 else None
""",
    "twice": """
from sim.policies.resilience import Resilience, Retry, registry

@registry.register("twice")
class Twice(Resilience):
    "Twice: asks a second time after any 503."

    def again(self, visit, attempts):
        return Retry() if attempts[-1].status == 503 and len(attempts) < 2 else None
""",
    "halve": """
from sim.policies.transforms import Changed, Transform, registry

@registry.register("halve")
class Halve(Transform):
    "Halve: sends half of each page, which takes a millisecond."

    def apply(self, visit, response):
        if response.status != 200:
            return None
        return Changed(response._replace(size_bytes=response.size_bytes // 2, body=None), 0.001, "halved")
""",
    "last_first": """
from sim.policies.balancing import Balancer, registry

@registry.register("last_first")
class LastFirst(Balancer):
    "Last first: always the last member."

    def choose(self, visit, members):
        return len(members) - 1
""",
    "youngest": """
from sim.policies.replacement import registry
from sim.policies.replacement.fifo import FIFO

@registry.register("youngest")
class Youngest(FIFO):
    "Youngest: the object stored last leaves."

    def victim(self):
        return next(reversed(self._order))
""",
}
SETTINGS = [
    "nodes.gateway.guards=[one_in_three]",
    "nodes.gateway.resilience=[twice]",
    "nodes.gateway.transforms=[halve]",
    "nodes.gateway.balancing=last_first",
    "nodes.gateway.cache={capacity: 20 objects, replacement: youngest}",
    "nodes.app-3.queue_capacity=0",
    "run.warm_up=0 s",
]


@pytest.fixture
def students(monkeypatch, tmp_path):
    """One module for each kind, known for one test."""
    forgetting(monkeypatch)
    for name, source in MODULES.items():
        run_module(source, name, tmp_path, monkeypatch)
    yield
    for name in MODULES:
        sys.modules.pop(name, None)


@pytest.fixture
def scenario(students):
    return sim.load("reverse-proxy", ["run.requests=400", *SETTINGS])


@pytest.mark.usefixtures("students")
def test_proxysim_schema_knows_them():
    printed = CliRunner().invoke(app, ["schema"]).output
    known = json.loads(printed)["$defs"]
    assert all(f'"{name}"' in json.dumps(known) for name in MODULES)
    assert '"minimum": 1' in json.dumps(known["ReverseProxy"]["properties"]["guards"])


def test_simulated_time_runs_them_and_the_steps_say_so(scenario):
    trace = sim.simulate(scenario)
    trace.check()
    acted = trace.steps[trace.steps["stage"] != ""].groupby("stage", observed=True)["detail"].first().to_dict()
    assert acted == {"one_in_three": "limited", "halve": "halved", "twice": "app-2"}
    assert (trace.requests["outcome"] == "limited").mean() == pytest.approx(1 / 3, abs=0.01)
    assert trace.hops["attempt"].max() == 1
    first = trace.hops[(trace.hops["sender"] == "gateway") & (trace.hops["attempt"] == 0)]
    assert set(first["receiver"]) == {"app-3"}
    assert trace.meta["stages"]["halve"] == "Halve: sends half of each page, which takes a millisecond."


def test_real_sockets_agree_with_it(scenario):
    """Serial requests: paths, outcomes, picks, answers and sightings are equal for each of them."""
    found = validate(scenario, requests=20, repeats=1)
    assert found.is_exact, str(found)
    measured = found.measured[0]
    measured.check()
    assert {"one_in_three", "halve"} <= set(measured.steps["stage"])


def test_the_ladder_shows_what_acted(scenario):
    trace = sim.simulate(scenario)
    refused = int(trace.requests.query("outcome == 'limited'")["request_id"].iloc[0])
    texts = " ".join(text.get_text() for text in ladder(trace, refused).texts)
    assert "One in three" in texts
    plt.close("all")


def test_the_players_page_holds_their_sentences_and_the_legend_their_outcome(scenario):
    written = page([sim.simulate(scenario)])
    assert "Halve: sends half of each page" in written
    assert "One in three: refuses every third request." in written
    assert "refused by a proxy because there were too many of its kind" in written


@pytest.mark.parametrize("product", sorted(PROGRAMS))
def test_what_a_product_cannot_be_told_is_noted(scenario, product):
    configured = PROGRAMS[product].write(task(scenario, "gateway", Path("/run")))
    paths = {problem.path.removeprefix("nodes.gateway.") for problem in configured.unsupported}
    assert {"guards.0", "resilience.0", "transforms.0", "balancing", "cache.replacement"} <= paths


def test_no_file_of_the_house_knows_them(repository):
    text = "".join(path.read_text("utf-8") for path in (repository / "sim").rglob("*.py"))
    assert not [name for name in MODULES if f'"{name}"' in text]


FIRST = {
    "a block list": ("layered", ["nodes.campus-proxy.guards=[{kind: blocklist, paths: [/pages/1, /api/2]}]"]),
    "another attempt": (
        "reverse-proxy",
        # Shorter than the link's round trip: every attempt times out, in both worlds.
        ["nodes.gateway.resilience=[{kind: retry, attempts: 3}]", "nodes.gateway.response_timeout=100 us"],
    ),
    "compression": ("layered", ["nodes.gateway.transforms=[{kind: compress, speed: 10 MB/s}]"]),
    "compression near the clients": ("layered", ["nodes.campus-proxy.transforms=[{kind: compress, ratio: 2}]"]),
    "pools by path": (
        "reverse-proxy",
        [
            "nodes.gateway.backends=[]",
            "nodes.gateway.pools={few: {backends: [app-1]}, many: {backends: [app-2, app-3]}}",
            "nodes.gateway.routing=[{kind: by_path, paths: {/api: few, /pages: many}}]",
        ],
    ),
    "weights": ("reverse-proxy", ["nodes.gateway.balancing={kind: round_robin, weights: {app-1: 3}}"]),
    "small objects only": (
        "layered",
        ["nodes.gateway.cache={capacity: 64 MiB, admission: {kind: below_size, largest: 8 KiB}}"],
    ),
}


@pytest.mark.parametrize(("name", "overrides"), FIRST.values(), ids=FIRST)
def test_model_and_sockets_agree_on_the_houses_own_stages(name, overrides):
    found = validate(sim.load(name, [*overrides, "run.warm_up=0 s"]), requests=30, repeats=1)
    assert found.is_exact, str(found)
    found.measured[0].check()
    if name == "reverse-proxy" and "retry" in overrides[0]:
        assert set(found.measured[0].hops.query("sender == 'gateway'")["attempt"]) == {0, 1, 2}
