"""From a file to a scenario: lines, names, and every problem at once."""

import pytest
import yaml

from sim.errors import ScenarioError
from sim.scenario import library
from sim.scenario.load import load
from tests.scenario.campus import problems_of, problems_of_file, spoilt

FAULTY = """\
run: {requests: 100}
nodes:
  students:
    role: client
    proxy: egde
    arrivals: {kind: poisson, rate: 15/s}
  edge:
    role: forward_proxy
    address: 10.999.0.1
    cache:
      cpacity: 64 MiB
  app:
    role: backend
    address: 203.0.113.1
    workers: 0
  app:
    role: backend
links:
  - {from: students, to: edge, delay: 20}
  - {from: edge, to: app, preset: lan}
content:
  pages:
    host: www.example.org
    served_by: ap
"""


def test_all_problems_at_once_each_with_its_line(tmp_path):
    file = tmp_path / "faulty.yaml"
    file.write_text(FAULTY)
    assert problems_of_file(file) == [
        "line 5: nodes.students.proxy: unknown node 'egde' (did you mean 'edge'?)",
        (
            "line 9: nodes.edge.address: '10.999.0.1' is not an IP address (write four numbers from 0 to 255, such as "
            "192.0.2.10, or an IPv6 address, such as 2001:db8::10)"
        ),
        "line 10: nodes.edge.cache: missing key 'capacity' (How much it holds: '64 MiB', or '1000 objects')",
        "line 11: nodes.edge.cache.cpacity: unknown key 'cpacity' (did you mean 'capacity'?)",
        "line 15: nodes.app.workers: must be at least 1, not 0",
        "line 16: nodes.app: key 'app' is written twice (keep one of them)",
        "line 19: links.0.delay: a duration needs a unit: write '20 ms' or '20 s', not 20",
        "line 24: content.pages.served_by: unknown node 'ap' (did you mean 'app'?)",
    ]


def test_a_fault_in_what_is_extended_names_the_other_file(tmp_path):
    (tmp_path / "base.yaml").write_text(yaml.safe_dump(spoilt({"nodes.app-1.workers": 0})))
    (tmp_path / "top.yaml").write_text("extends: base.yaml\ntitle: T\n")
    (problem,) = problems_of_file(tmp_path / "top.yaml")
    assert problem.startswith("nodes.app-1.workers: must be at least 1, not 0 (written in ")
    assert "base.yaml, line " in problem


def test_a_missing_link_is_told_with_the_line_of_the_links(tmp_path):
    data = spoilt({"links": spoilt()["links"][1:]})
    (tmp_path / "top.yaml").write_text(yaml.safe_dump(data, sort_keys=False))
    (problem,) = problems_of_file(tmp_path / "top.yaml")
    line = (tmp_path / "top.yaml").read_text().splitlines().index("links:") + 1
    assert problem.startswith(f"line {line}: links: there is no link between 'students' and 'edge'")


def test_the_error_says_how_many_and_where(tmp_path):
    file = tmp_path / "faulty.yaml"
    file.write_text(FAULTY)
    with pytest.raises(ScenarioError) as caught:
        load(file)
    assert str(caught.value).splitlines()[0] == f"{file}: 8 problems"


def test_the_name_is_the_files_unless_given(tmp_path):
    file = tmp_path / "my-campus.yaml"
    file.write_text(yaml.safe_dump(spoilt()))
    assert load(file).name == "my-campus"
    assert load(str(file), ["name=other"]).name == "other"
    assert load(spoilt()).name == ""
    assert load("direct").name == "direct"


def test_a_missing_log_is_told():
    arrivals = {"kind": "access_log", "file": "/nowhere/a.log"}
    assert problems_of({"nodes.students.arrivals": arrivals}) == [
        "nodes.students.arrivals.file: there is no file '/nowhere/a.log' (name an access log)"
    ]


def test_data_may_extend_a_shipped_scenario():
    scenario = load({"extends": "forward-proxy", "nodes": {"campus-proxy": {"cache": {"replacement": "fifo"}}}})
    assert scenario.nodes["campus-proxy"].cache.replacement == "fifo"
    assert scenario.hash != load("forward-proxy").hash


@pytest.mark.parametrize("name", library.names())
def test_shipped_scenarios_load_and_explain_themselves(name):
    scenario = load(name)
    assert scenario.title
    assert len(scenario.description) > 50


def test_the_four_designs_have_the_same_workload():
    designs = [load(name) for name in ("direct", "forward-proxy", "reverse-proxy", "layered")]
    said = [
        (
            design.run,
            design.nodes["students"].arrivals,
            design.nodes["students"].count,
            {name: content.model_copy(update={"served_by": ()}) for name, content in design.content.items()},
            [design.nodes[f"app-{number}"].workers for number in (1, 2, 3)],
        )
        for design in designs
    ]
    assert all(one == said[0] for one in said)


def test_the_load_of_direct_is_sensible():
    scenario = load("direct")
    shares = {name: content.share for name, content in scenario.content.items()}
    mean_s = sum(shares[name] * scenario.content[name].service_demand.mean_s for name in shares) / sum(shares.values())
    workers = sum(scenario.nodes[f"app-{number}"].workers for number in (1, 2, 3))
    assert 0.6 <= scenario.nodes["students"].arrivals.rate_per_s * mean_s / workers <= 0.7
