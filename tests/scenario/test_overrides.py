"""Single values set from outside."""

from sim.scenario.layers import Layer, Position
from sim.scenario.load import load
from sim.scenario.overrides import set_all
from tests.scenario.campus import problems_of, spoilt


def test_sets_values_read_as_yaml():
    overrides = [
        "nodes.edge.cache={capacity: 64 MiB}",
        "nodes.edge.cache.replacement=fifo",
        "links.1.delay=30 ms",
        "nodes.app-1.workers=4",
        "nodes.edge.via=false",
        "run.requests=7",
        "title=Even = signs",
    ]
    scenario = load(spoilt(), overrides)
    assert scenario.nodes["edge"].cache.capacity.amount == 64 * 2**20
    assert scenario.nodes["edge"].cache.replacement == "fifo"
    assert scenario.links[1].delay_s == 0.03
    assert scenario.nodes["app-1"].workers == 4
    assert scenario.nodes["edge"].via is False
    assert scenario.run.requests == 7
    assert scenario.title == "Even = signs"


def test_a_mapping_of_paths_and_values_and_a_single_text():
    assert load(spoilt(), {"run": {"duration": "5 s"}, "nodes.app-1.workers": 3}).run.duration_s == 5.0
    assert load(spoilt(), "run.requests=9").run.requests == 9


def test_null_deletes():
    assert (
        load(spoilt({"nodes.edge.cache": {"capacity": "1 MiB"}}), ["nodes.edge.cache=null"]).nodes["edge"].cache is None
    )


def test_what_was_given_is_not_changed():
    data = spoilt()
    load(data, ["run.requests=7"])
    assert data == spoilt()


def test_unknown_paths_name_the_nearest():
    assert problems_of(overrides=["nodes.egde.cache.capacity=1 MiB"]) == [
        "nodes.egde: unknown name 'egde' in nodes (did you mean 'edge'?)"
    ]
    assert problems_of(overrides=["content.pgaes.size=1 MiB"]) == [
        "content.pgaes: unknown name 'pgaes' in content (did you mean 'pages'?)"
    ]
    assert problems_of(overrides=["nodes.edge.cach.capacity=1 MiB"]) == [
        "nodes.edge.cach: unknown key 'cach' (did you mean 'cache'?)"
    ]
    assert problems_of(overrides=["rnu.requests=1"]) == ["rnu: unknown key 'rnu' (did you mean 'run'?)"]


def test_places_in_lists():
    for path in ("links.4.delay", "links.x.delay", "links.-1.delay"):
        key = path.split(".")[1]
        assert problems_of(overrides=[f"{path}=1 s"]) == [
            f"links.{key}: links is a list; its entries are links.0 to links.3"
        ]
    assert problems_of(overrides=["links.4=7"]) == ["links.4: links is a list; its entries are links.0 to links.3"]
    assert problems_of({"nodes.students.content": []}, ["nodes.students.content.0=pages"]) == [
        "nodes.students.content.0: nodes.students.content is a list; it is empty",
        "nodes.students.content: these clients request no content class (leave it out to request all)",
    ]


def test_malformed_overrides():
    assert problems_of(overrides=["run.requests"]) == [
        "override 'run.requests' is not of the form PATH=VALUE (write PATH=VALUE, such as run.requests=1000)"
    ]
    assert problems_of(overrides=["run.requests=[1"])[0].startswith("run.requests: value '[1' is not YAML: ")
    assert problems_of(overrides=["run={requests: 1, requests: 2}"]) == [
        "run: key 'requests' is written twice (keep one of them)"
    ]


def test_wrong_values_carry_no_line_of_the_file():
    layer = Layer("f.yaml", {"a": {"b": 1}}, {"a": Position("f.yaml", 1), "a.b": Position("f.yaml", 2)})
    set_all(layer, ["a={b: 2}"])
    assert layer.marks == {"a": Position("override", None)}


def test_a_log_is_found_from_the_working_directory(tmp_path, monkeypatch):
    (tmp_path / "mine.log").write_text("")
    monkeypatch.chdir(tmp_path)
    scenario = load("access-log", ["nodes.visitors.arrivals.file=mine.log"])
    assert scenario.nodes["visitors"].arrivals.file == str(tmp_path / "mine.log")
    whole = load("access-log", ["nodes.visitors.arrivals={kind: access_log, file: mine.log}"])
    assert whole.nodes["visitors"].arrivals.file == str(tmp_path / "mine.log")
