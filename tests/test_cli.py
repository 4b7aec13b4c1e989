"""The command line: what it prints where, its exit status, and that nothing ends in a traceback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

import sim
from sim.cli import app
from sim.metrics.compare import Comparison

SMALL = ["--set", "run.requests=200", "--set", "run.warm_up=0 s"]


@pytest.fixture
def command():
    def run(*arguments, status=0):
        done = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert done.exit_code == status, done.output
        assert "Traceback" not in done.output
        return done

    return run


@pytest.fixture
def drawn(monkeypatch):
    """Stand in for the pictures, which take long and have their own tests; gives what was to be drawn."""
    asked = []

    def save_all(what, folder):
        asked.append(what)
        folder.mkdir(parents=True)
        picture = folder / "cdf.png"
        picture.write_bytes(b"")
        return [picture]

    monkeypatch.setattr(sim, "charts", SimpleNamespace(save_all=save_all), raising=False)
    return asked


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("t,client,obj,size\n" + "".join(f"{i},c,/{i % 3},100\n" for i in range(30)), encoding="utf-8")
    return path


def table_words(text):
    return " ".join(text.replace("│", " ").replace("┃", " ").split())


# --- scenarios


def test_list_names_the_four_designs_with_their_titles(command):
    shown = command("list").stdout
    assert all(name in shown for name in ("direct", "forward-proxy", "reverse-proxy", "layered"))
    assert sim.load("layered").title in shown


def test_show_prints_the_file_as_it_is(command, repository):
    expected = (repository / "scenarios" / "direct.yaml").read_text(encoding="utf-8")
    assert command("show", "direct").stdout == expected


def test_show_of_an_unknown_name_suggests_the_nearest(command):
    assert "did you mean 'layered'?" in command("show", "layerd", status=2).stderr


def test_check_says_that_all_is_well(command):
    assert "layered: no problem found (6 nodes, 5 links)" in command("check", "layered").stdout


def test_check_shows_every_problem_with_its_line(command, tmp_path):
    path = tmp_path / "two.yaml"
    path.write_text("extends: layered\nrun: {requests: -5}\nnodes:\n  gateway: {balancing: round_robbin}\n", "utf-8")
    done = command("check", path, status=2)
    problems = [line for line in done.stderr.splitlines() if line.startswith("  ")]
    assert done.stdout == ""
    assert len(problems) == 2
    assert all("line " in problem for problem in problems)
    assert "run.requests" in done.stderr
    assert "did you mean 'round_robin'?" in done.stderr


def test_schema_prints_json(command):
    schema = json.loads(command("schema").stdout)
    assert "nodes" in schema["properties"]


# --- run


def test_run_prints_the_numbers_and_who_sees_whom(command):
    shown = table_words(command("run", "layered", *SMALL, "--seed", 3).stdout)
    assert "seed 3" in shown
    assert "one run: no interval" in shown
    assert "requests 200" in shown
    assert "Whose addresses each party sees" in shown


def test_run_keeps_the_trace(command, tmp_path):
    shown = command("run", "direct", *SMALL, "--out", tmp_path / "run").stdout
    assert f"trace: {tmp_path / 'run'}" in shown
    trace = sim.Trace.load(tmp_path / "run")
    assert len(trace.requests) == 200
    assert trace == sim.simulate(sim.load("direct", SMALL[1::2]), seed=1)


def test_run_as_json_prints_one_object_and_nothing_else(command, tmp_path):
    done = command("run", "reverse-proxy", *SMALL, "--out", tmp_path / "run", "--json")
    result = json.loads(done.stdout)
    assert done.stderr == ""
    assert result["requests"] == 200
    assert result["scenario"]["name"] == "reverse-proxy"
    assert result["trace"] == str(tmp_path / "run")
    assert {"observer", "party", "how"} <= result["visibility"][0].keys()


def test_the_same_seed_prints_the_same(command):
    shown = [command("run", "layered", *SMALL, "--seed", seed, "--json").stdout for seed in (5, 5, 6)]
    assert shown[0] == shown[1] != shown[2]


def test_overrides_change_the_run(command):
    without = ["--set", "nodes.gateway.cache=null"]
    result = json.loads(command("run", "reverse-proxy", *SMALL, *without, "--json").stdout)
    assert result["caches"] == []


def test_an_unknown_override_is_an_error_with_a_hint(command):
    done = command("run", "direct", "--set", "run.request=5", status=2)
    assert "did you mean 'requests'?" in done.stderr


def test_a_folder_that_is_no_trace_is_not_overwritten(command, tmp_path):
    (tmp_path / "diary.txt").write_text("dear diary", encoding="utf-8")
    done = command("run", "direct", *SMALL, "--out", tmp_path, status=2)
    assert "not overwritten" in done.stderr
    assert (tmp_path / "diary.txt").exists()


def test_an_error_of_the_system_names_the_file(command, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "runs/x.parquet")

    monkeypatch.setattr(sim.Trace, "save", full)
    done = command("run", "direct", *SMALL, "--out", "runs/x", status=2)
    assert done.stderr == "runs/x.parquet: No space left on device\n"


def test_an_interrupted_run_keeps_what_is_complete(command, monkeypatch, tmp_path):
    def interrupted(scenario, *, seed, progress):
        def stop(done, _):
            if done:
                raise KeyboardInterrupt

        return sim.engine.run.simulate(scenario, seed=seed, progress=stop)

    import sim.engine.run

    monkeypatch.setattr(sim, "simulate", interrupted)
    done = command("run", "direct", "--set", "run.warm_up=0 s", "--out", tmp_path / "run", status=130)
    assert "only the requests that were complete" in done.stderr
    trace = sim.Trace.load(tmp_path / "run")
    assert trace.is_cut_short
    assert 0 < len(trace.requests) < 4000


def test_ctrl_c_ends_with_130_and_a_message(command, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(sim, "compare", interrupted)
    assert "stopped by Ctrl-C" in command("compare", "direct", status=130).stderr


@pytest.mark.slow
def test_a_real_signal_leaves_a_trace_that_is_cut_short(repository, tmp_path):
    words = ["run", "layered", "--set", "run.requests=1000000", "--out", str(tmp_path / "run")]
    code = "import sys; from sim.cli import main; print('ready', flush=True); main(sys.argv[1:])"
    with subprocess.Popen(
        [sys.executable, "-c", code, *words], cwd=repository, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout.readline() == "ready\n"
        time.sleep(8)
        os.kill(running.pid, signal.SIGINT)
        _, remarks = running.communicate(timeout=120)
    assert running.returncode == 130, remarks
    assert "stopped by Ctrl-C" in remarks
    assert "Traceback" not in remarks
    assert "Warning" not in remarks
    assert sim.Trace.load(tmp_path / "run").is_cut_short


# --- lab and validate


QUICK = ["--set", "nodes.students.arrivals.rate=200/s"]


def test_lab_measures_and_prints_what_run_prints(command, tmp_path):
    done = command("lab", "direct", "--requests", 5, *QUICK, "--out", tmp_path / "kept")
    assert "Where the mean response time goes" in done.stdout
    trace = sim.Trace.load(tmp_path / "kept")
    assert (len(trace.requests), trace.meta["world"]) == (5, "lab")


def test_lab_takes_the_whole_workload_unless_told_otherwise(command):
    done = command("lab", "direct", *QUICK, "--set", "run.requests=7", "--set", "run.warm_up=0 s", "--json")
    assert json.loads(done.stdout)["requests"] == 7


def test_validate_says_in_one_line_what_agrees_and_shows_the_tables(command, tmp_path):
    done = command("validate", "reverse-proxy", "--requests", 4, "--repeats", 1, "--out", tmp_path)
    first = done.stdout.splitlines()[0]
    assert first.startswith(
        "reverse-proxy: 4 requests, 1 run (lab): paths, outcomes, picks, answers and sightings 100 %"
    )
    assert "pages, miss" in table_words(done.stdout)
    assert "end to end" in table_words(done.stdout)
    kept = {path.name for path in (tmp_path / "reverse-proxy").iterdir()}
    assert kept == {"simulated", "measured-1", "agreement.png", "agreement.svg"}


def test_validate_gives_several_scenarios_a_line_each(command):
    shown = command("validate", "direct", "forward-proxy", "--requests", 3, "--repeats", 1).stdout.splitlines()
    assert [line.split(":")[0] for line in shown if not line.startswith("  ")] == ["direct", "forward-proxy"]


def test_validate_as_json(command):
    told = json.loads(command("validate", "direct", "--requests", 3, "--repeats", 1, "--json").stdout)
    assert told["validations"][0]["scenario"] == "direct"
    assert told["validations"][0]["is_exact"] is True
    assert told["agrees"] == told["validations"][0]["times_agree"]


def test_different_stories_end_in_status_1_and_are_told(command, monkeypatch):
    real = sim.validate
    wrong = sim.load("layered", ["nodes.gateway.forwarded_for=delete"])
    monkeypatch.setattr(sim, "validate", lambda scenario, **said: real(scenario, model=wrong, **said))
    told = command("validate", "layered", "--requests", 3, "--repeats", 1, status=1).stdout
    assert "request 0 (api, miss), sightings, line" in told
    assert "sightings: 3 of 3 requests differ" in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--with", "ngnix"], "did you mean 'nginx'"), (["--with", "nginx"], "nginx can stand in for no node")],
)
def test_what_cannot_be_validated_is_said(command, arguments, said):
    assert said in command("validate", "direct", *arguments, status=2).stderr


# --- compare


def test_compare_prints_intervals_differences_and_visibility(command):
    shown = table_words(command("compare", "direct", "layered", *SMALL).stdout)
    assert "5 replications on the same requests" in shown
    assert "Difference from direct" in shown
    assert "measure direct layered" in shown
    assert "Whose addresses each party sees" in shown


def test_compare_keeps_traces_and_pictures(command, drawn, tmp_path):
    shown = command("compare", "direct", "forward-proxy", *SMALL, "--out", tmp_path / "demo").stdout.splitlines()
    assert f"picture: {tmp_path / 'demo' / 'figures' / 'cdf.png'}" in shown
    for design in ("direct", "forward-proxy"):
        assert f"trace: {tmp_path / 'demo' / design}" in shown
        assert len(sim.Trace.load(tmp_path / "demo" / design).requests) == 200
    assert isinstance(drawn[0], Comparison)


def test_compare_as_json(command, drawn, tmp_path):
    done = command("compare", "direct", "layered", *SMALL, "--out", tmp_path / "demo", "--json")
    result = json.loads(done.stdout)
    assert done.stderr == ""
    assert result["replications"] == 5
    assert {row["design"] for row in result["table"]} == {"direct", "layered"}
    assert result["traces"]["layered"] == str(tmp_path / "demo" / "layered")
    assert len(result["pictures"]) == len(drawn) == 1


def test_a_design_with_a_path_for_a_name_stays_in_its_folder(command, drawn, tmp_path):
    command("compare", "direct", *SMALL, "--set", "name=../../elsewhere", "--out", tmp_path / "a" / "b")
    assert drawn
    assert (tmp_path / "a" / "b" / "-elsewhere" / "meta.json").is_file()


def test_too_few_replications_are_refused(command):
    assert "5" in command("compare", "direct", *SMALL, "--replications", 4, status=2).stderr


# --- replay


def test_replay_prints_hits(command, log):
    shown = table_words(command("replay", log, "--capacity", 3, "--unit", "objects").stdout)
    assert "requests 30" in shown
    assert "hits 27" in shown
    assert "hit ratio, % 90" in shown


@pytest.mark.parametrize(
    ("capacity", "hits"),
    [
        (["--capacity", "3 objects"], 27),
        (["--capacity", "2", "--unit", "objects"], 0),
        (["--capacity", "300", "--unit", "bytes"], 27),
        (["--capacity", "0.3 kB"], 27),
        (["--capacity", "299 B"], 0),
    ],
)
def test_replay_reads_capacities_with_units(command, log, capacity, hits):
    assert json.loads(command("replay", log, *capacity, "--json").stdout)["hits"] == hits


def test_replay_takes_policy_format_and_keys(command, log):
    options = ["--policy", "fifo", "--format", "csv", "--key", "client", "--capacity", "1 objects"]
    result = json.loads(command("replay", log, *options, "--json").stdout)
    assert (result["policy"], result["format"], result["key"], result["hits"]) == ("fifo", "csv", ["client"], 29)


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (["--capacity", "3"], "1000 objects"),
        (["--capacity", "3 objects", "--policy", "lur"], "did you mean 'lru'?"),
        (["--capacity", "3 objects", "--key", "colour"], "colour"),
        (["--capacity", "3 objects", "--format", "cvs"], "csv"),
    ],
)
def test_replay_says_what_is_allowed(command, log, options, hint):
    assert hint in command("replay", log, *options, status=2).stderr


def test_a_missing_log_is_named(command):
    assert "nowhere.log" in command("replay", "nowhere.log", "--capacity", "3 objects", status=2).stderr


# --- charts, and the command itself


def test_charts_draws_a_kept_trace(command, drawn, tmp_path):
    command("run", "direct", *SMALL, "--out", tmp_path / "run")
    shown = command("charts", tmp_path / "run").stdout
    assert shown == f"picture: {tmp_path / 'run-figures' / 'cdf.png'}\n"
    assert drawn[0] == sim.Trace.load(tmp_path / "run")


def test_charts_of_no_trace_is_an_error(command, tmp_path):
    assert "not a trace" in command("charts", tmp_path, status=2).stderr


@pytest.mark.parametrize("arguments", [["frobnicate"], ["run"], ["run", "direct", "--seed", "-1"]])
def test_wrong_words_end_with_status_2(command, arguments):
    assert "Usage" in command(*arguments, status=2).stderr


def test_help_names_every_command(command):
    shown = command("--help").stdout
    assert all(name in shown for name in ["list", "show", "check", "schema", "run", "compare", "replay", "charts"])


def test_version_is_that_of_the_distribution(command):
    assert command("--version").stdout.startswith("proxysim 0.")


# --- export


@pytest.fixture
def kept(command, tmp_path):
    command("run", "layered", *SMALL, "--out", tmp_path / "run")
    return tmp_path / "run"


@pytest.mark.parametrize(
    ("to", "begins"),
    [("har", '{"log":'), ("perfetto", '{"displayTimeUnit":'), ("otlp", '{"resourceSpans":'), ("graphml", "<graphml")],
)
def test_export_prints_the_format_and_nothing_else(command, kept, to, begins):
    done = command("export", kept, "--to", to)
    assert done.stdout.startswith(begins)
    assert done.stderr == ""


def test_export_writes_a_file(command, kept, tmp_path):
    shown = command("export", kept, "--to", "mermaid", "--request", 3, "--out", tmp_path / "path.mmd").stdout
    assert shown == f"mermaid: {tmp_path / 'path.mmd'}\n"
    assert (tmp_path / "path.mmd").read_text(encoding="utf-8").startswith("sequenceDiagram\n")


def test_export_of_an_access_log_is_that_of_the_node(command, kept):
    lines = command("export", kept, "--to", "access-log", "--node", "app-1").stdout.splitlines()
    assert {line.split()[0] for line in lines} == {"10.3.0.1"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--to", "mermade"], "did you mean 'mermaid'?"),
        (["--to", "access-log", "--node", "gatway"], "did you mean 'gateway'?"),
        (["--to", "access-log"], "one of: app-1"),
        (["--to", "mermaid", "--request", 200], "they run from 0 to 199"),
        (["--to", "otlp", "--node", "gateway"], "it is for access-log"),
        (["--to", "har", "--out", "/nowhere/x.har"], "/nowhere/x.har: No such file or directory"),
    ],
)
def test_what_cannot_be_exported_is_a_message(command, kept, words, said):
    done = command("export", kept, *words, status=2)
    assert said in done.stderr
    assert done.stdout == ""


# --- report


def test_report_writes_one_page_beside_the_trace(command, kept):
    shown = command("report", kept, "--html").stdout
    target = kept.with_name("run-report.html")
    assert shown == f"page: {target}\n"
    assert "Forward and reverse proxy</h1>" in target.read_text(encoding="utf-8")


def test_report_of_several_goes_where_it_is_told(command, kept, tmp_path):
    command("run", "direct", *SMALL, "--out", tmp_path / "direct")
    command("report", tmp_path / "direct", kept, "--out", tmp_path / "both.html")
    text = (tmp_path / "both.html").read_text(encoding="utf-8")
    assert "Side by side: Direct, Forward and reverse proxy</h1>" in text
    assert text.count("<iframe") == 1


def test_report_of_more_than_the_player_shows_is_without_it(command, kept, tmp_path):
    folders = [shutil.copytree(kept, tmp_path / str(number)) for number in range(5)]
    command("report", *folders, "--out", tmp_path / "five.html")
    assert "<iframe" not in (tmp_path / "five.html").read_text(encoding="utf-8")


def test_report_on_what_is_no_trace_is_a_message(command, tmp_path):
    assert "give what 'run --out' wrote" in command("report", tmp_path, status=2).stderr


# --- play


@pytest.fixture
def opened(monkeypatch):
    """Stand in for the browser; gives what was to be opened."""
    asked = []
    monkeypatch.setattr("typer.launch", asked.append)
    return asked


def test_play_writes_one_page_and_opens_it(command, opened, tmp_path):
    page = tmp_path / "new" / "a.html"
    done = command("play", "layered", *SMALL, "--out", page)
    assert done.stdout.strip() == f"page: {page}"
    assert opened == [str(page)]
    assert "Forward and reverse proxy" in page.read_text(encoding="utf-8")


def test_play_shows_traces_and_scenarios_side_by_side(command, opened, tmp_path):
    kept = sim.simulate(sim.load("direct", SMALL[1::2]), seed=1).save(tmp_path / "run")
    command("play", kept, "layered", *SMALL, "--out", tmp_path / "a.html", "--no-open")
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "<title>Direct · Forward and reverse proxy – proxysim</title>" in text
    assert opened == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["layred"], "did you mean 'layered'"),
        (["direct"] * 5, "5 traces: the player shows 1 to 4"),
        (["direct", "--png", "12 s"], "'12 s' is not understood"),
        (["direct", "--gif", "from=2s,to=1s,lasts=3s"], "no moving picture"),
    ],
)
def test_what_cannot_be_played_is_said(command, opened, tmp_path, arguments, said):
    done = command("play", *arguments, *SMALL, "--out", tmp_path / "a.html", status=2)
    assert said in done.stderr
    assert opened == []


def test_a_folder_that_is_no_trace_is_not_played(command, opened, tmp_path):
    assert "holds no trace" in command("play", tmp_path, status=2).stderr


# --- config


def test_config_prints_one_and_says_what_is_missing(command):
    done = command("config", "reverse-proxy", "--for", "squid")
    assert done.stdout.startswith("# Squid in place of gateway")
    assert "note: nodes.gateway.balancing: Squid has no 'least_connections'" in done.stderr


def test_config_writes_all(command, tmp_path):
    done = command("config", "layered", "--for", "nginx", "--out", tmp_path, "--set", "nodes.gateway.like=nginx")
    files = sorted(path.name for path in tmp_path.glob("*.conf"))
    assert files == ["campus-proxy.nginx.conf", "gateway.nginx.conf"]
    assert all(str(tmp_path / file) in done.stdout for file in files)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("layered", "--for", "ngnix"), "did you mean 'nginx'?"),
        (("layered", "--for", "nginx"), "name one with --node"),
        (("layered", "--for", "nginx", "--node", "gatway"), "did you mean 'gateway'?"),
    ],
)
def test_config_explains_what_is_wrong(command, arguments, said):
    assert said in command("config", *arguments, status=2).stderr
