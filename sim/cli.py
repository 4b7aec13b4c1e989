"""The command ``proxysim``: parse, call the public face, print; no logic.

Heavy libraries are imported inside the commands, so that ``proxysim --help`` answers at once.  Exit status: 0 if
all went well, 1 if simulation and measurement differ, 2 for what the user can mend, 130 after Ctrl-C.
"""

from __future__ import annotations

import errno
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

import sim
from sim.console import output, progress, tables
from sim.console.command_options import takes
from sim.errors import SimError
from sim.serving.proxy_options import ForwardOptions, PassthroughOptions, ReverseOptions

if TYPE_CHECKING:
    from sim.metrics.agreement import Agreement
    from sim.scenario.schema import Scenario
    from sim.trace.trace import Trace

INTERRUPTED = 130
USER_ERROR = 2
DIFFERENT_STORIES = 1


class Commands(TyperGroup):
    """All commands; what a user can cause ends in a message here, never in a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named.

        Parameters
        ----------
        ctx : click.Context
            What was parsed.

        Returns
        -------
        object
            What the command returned.

        Raises
        ------
        typer.Exit
            With status 2 or 130.
        """
        try:
            return super().invoke(ctx)
        except SimError as error:
            output.say(str(error), style="red")
            raise typer.Exit(USER_ERROR) from error
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # the reader of a pipe has gone: typer ends in silence
            output.say(f"{error.filename or 'file'}: {error.strerror}", style="red")
            raise typer.Exit(USER_ERROR) from error
        except KeyboardInterrupt as error:
            output.say("stopped by Ctrl-C", style="yellow")
            raise typer.Exit(INTERRUPTED) from error


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

ScenarioName = Annotated[str, typer.Argument(metavar="SCENARIO", help="A file, or the name of a shipped scenario.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of all random numbers: the same seed gives the same run.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Override a value, such as nodes.edge.cache.capacity='64 MiB'."),
]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder to write to.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after the command's name; those of this program if absent.

    Raises
    ------
    SystemExit
        Always, with the exit status.
    """
    app(args=arguments, prog_name="proxysim")


def _version(*, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        output.print_lines([f"proxysim {version('proxysim')}"])
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")]


@app.callback()
def before_a_command(*, version: Version = False) -> None:
    """Simulate, measure and draw web traffic through forward and reverse proxies."""


@app.command("list")
def list_scenarios() -> None:
    """List the shipped scenarios."""
    import pandas as pd

    from sim.scenario import library

    rows = [(name, sim.load(name).title) for name in library.names()]
    tables.print_frame(pd.DataFrame(rows, columns=["name", "title"]), "Shipped scenarios")


@app.command()
def show(name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a shipped scenario.")]) -> None:
    """Print the file of a shipped scenario, as a start for your own."""
    from sim.scenario import library

    typer.echo(library.path(name).read_text(encoding="utf-8"), nl=False)


@app.command()
def check(file: Annotated[str, typer.Argument(metavar="FILE", help="File of a scenario.")]) -> None:
    """Check a scenario and show all of its problems at once."""
    scenario = sim.load(file)
    typer.echo(f"{file}: no problem found ({len(scenario.nodes)} nodes, {len(scenario.links)} links)")


@app.command()
def policies() -> None:
    """List what a proxy may do, and the settings of each policy: guards, balancers, caches, and your own."""
    from sim.scenario.policy_reference import policies as known

    key = ""
    for policy in known():
        if policy.key != key:
            key = policy.key
            typer.echo(f"{key}:")
        typer.echo(f"  {policy.name}: {policy.sentence.partition(': ')[2] or policy.sentence}")
        for one in policy.settings:
            typer.echo(f"      {one.key} ({one.default}): {one.meaning}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenarios, for editors that complete and check."""
    from sim.scenario.json_schema import json_schema

    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@app.command()
def run(
    scenario: ScenarioName,
    *,
    seed: Seed = 1,
    overrides: Overrides = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Run a scenario once, and print its numbers; with --out, keep its trace."""
    loaded = sim.load(scenario, overrides or [])
    with progress.bar(f"running {loaded.name}", quiet=as_json) as tell:
        trace = sim.simulate(loaded, seed=seed, progress=tell)
    _report_run(trace, out, as_json=as_json)


def _report_run(trace: Trace, out: Path | None, *, as_json: bool) -> None:
    kept = trace.save(out) if out else None
    if as_json:
        output.print_json(_run_as_dict(trace) | {"trace": kept})
    else:
        _print_run(trace, kept)
    if trace.is_cut_short:
        output.say("stopped by Ctrl-C: only the requests that were complete are counted", style="yellow")
        raise typer.Exit(INTERRUPTED)


def _run_as_dict(trace: Trace) -> dict[str, Any]:
    from sim import metrics, visibility

    seen = {"visibility": visibility.counts(trace).to_dict(orient="records")}
    return metrics.as_dict(trace) | seen | {"notes": trace.meta.get("notes", [])}


def _print_run(trace: Trace, kept: Path | None) -> None:
    from sim import metrics
    from sim.units import format_seconds

    title = f"{trace.title}, seed {trace.seed}"
    warm_up_s = trace.meta["warm_up_s"]
    if warm_up_s:
        counted = f"{len(trace.after_warm_up()):,} of {len(trace.requests):,} requests"
        title += f": {counted} count, after a warm-up of {format_seconds(warm_up_s)}"
    tables.print_measures(metrics.summary(trace), title)
    tables.print_frame(metrics.by_cause(trace), "Where the mean response time goes")
    tables.print_frame(metrics.utilisation(trace), "Stations")
    tables.print_frame(metrics.ratios(trace), "Caches", optional=metrics.NOT_PLAIN_HITS)
    tables.print_visibility(trace)
    _say_notes(trace)
    if kept:
        _print_paths("trace", [kept])


def _say_notes(trace: Trace) -> None:
    for note in trace.meta.get("notes", []):
        output.say(f"note: {note}")


@app.command()
def lab(
    scenario: ScenarioName,
    *,
    requests: Annotated[int | None, typer.Option(min=1, help="Only the first so many requests; no warm-up.")] = None,
    seed: Seed = 1,
    overrides: Overrides = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Run a scenario over real sockets on this machine, in real time, and print its numbers."""
    at_once = ["run.warm_up=0 s"] if requests else []
    loaded = sim.load(scenario, [*at_once, *(overrides or [])])
    workload = sim.draw(loaded, seed)
    with progress.bar(f"measuring {loaded.name}", quiet=as_json) as tell:
        trace = sim.measure(loaded, workload.head(requests) if requests else workload, progress=tell)
    _report_run(trace, out, as_json=as_json)


@app.command()
def validate(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Files, or names of shipped ones.")],
    *,
    against: Annotated[str, typer.Option("--with", help="What is real: lab, nginx, squid or haproxy.")] = "lab",
    requests: Annotated[int, typer.Option(min=1, help="How many requests, one after the other.")] = 20,
    repeats: Annotated[int, typer.Option(min=1, help="How often they are measured.")] = 2,
    overrides: Overrides = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Compare the simulator with real sockets on the same requests; exit status 1 if they differ."""
    loaded = [sim.load(name, overrides or []) for name in scenarios]
    found, kept = [], []
    for each in loaded:
        with progress.bar(f"measuring {each.name}", quiet=as_json) as tell:
            one = sim.validate(each, against=against, requests=requests, repeats=repeats, progress=tell)
        found.append(one)
        kept += _keep_validation(one, out / _folder(one.name)) if out else []
        if not as_json:
            _print_validation(one, whole=len(loaded) == 1)
    agree = all(one.agrees for one in found)
    if as_json:
        output.print_json({"agrees": agree, "validations": [one.as_dict() for one in found], "files": kept})
    else:
        _print_paths("file", kept)
    if not all(one.is_exact for one in found):
        raise typer.Exit(DIFFERENT_STORIES)


def _keep_validation(found: Agreement, folder: Path) -> list[Path]:
    runs = {"simulated": found.simulated}
    runs |= {f"measured-{number}": trace for number, trace in enumerate(found.measured, start=1)}
    traces = [trace.save(folder / name) for name, trace in runs.items()]
    return [*traces, *sim.charts.save_all(found, folder)]


def _print_validation(found: Agreement, *, whole: bool) -> None:
    output.print_lines([found.verdict])
    if not whole:
        output.print_lines(f"  {line}" for line in ([] if found.agrees else found.reasons))
        return
    tables.print_frame(found.exact, "Requests that are equal in every real run, by what is compared")
    tables.print_frame(found.times, "Response times: the model, and the median and the spread of the real runs")
    output.print_lines(line for each in found.differences for line in each.lines())
    output.print_lines(found.reasons)
    for note in found.notes:
        output.say(f"note: {note}")


@app.command()
def compare(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Files, or names of shipped ones.")],
    *,
    replications: Annotated[int, typer.Option(min=1, help="Independent runs of each; at least five.")] = 5,
    seed: Seed = 1,
    overrides: Overrides = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Run designs on the very same requests, and print how they differ; with --out, keep traces and pictures."""
    loaded = [sim.load(name, overrides or []) for name in scenarios]
    with progress.bar("comparing", unit="replications", quiet=as_json) as tell:
        comparison = sim.compare(loaded, replications=replications, seed=seed, progress=tell)
    kept = {design: trace.save(out / _folder(design)) for design, trace in comparison.traces.items()} if out else {}
    pictures = sim.charts.save_all(comparison, out / "figures") if out else []
    if as_json:
        output.print_json(comparison.as_dict() | {"traces": kept, "pictures": pictures})
        return
    tables.print_comparison(comparison)
    _print_paths("picture", pictures)
    _print_paths("trace", list(kept.values()))


def _folder(design: str) -> str:
    return re.sub(r"[^\w-]+", "-", design)  # a scenario's name may hold anything, '../' too


def _print_paths(noun: str, paths: Sequence[Path]) -> None:
    output.print_lines(f"{noun}: {path}" for path in paths)


@app.command()
def replay(
    log: Annotated[str, typer.Argument(metavar="LOG", help="An access log, plain or gzip.")],
    *,
    capacity: Annotated[str, typer.Option(help="'64 MiB' or '139 objects'; or a number, with --unit.")],
    unit: Annotated[Literal["objects", "bytes"] | None, typer.Option(help="What --capacity counts.")] = None,
    policy: Annotated[str, typer.Option(help="Which stored object leaves when room is needed.")] = "lru",
    log_format: Annotated[str, typer.Option("--format", help="auto, common, combined, squid or csv.")] = "auto",
    key: Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="What names an object; repeatable.")] = None,
    as_json: AsJson = False,
) -> None:
    """Send the requests of an access log through one cache, and count its hits."""
    from sim.units import parse_capacity

    amount = parse_capacity(f"{capacity} {'B' if unit == 'bytes' else unit}" if unit else capacity)
    with progress.bar(f"replaying {log}", unit="bytes", quiet=as_json) as tell:
        result = sim.replay(
            log,
            policy=policy,
            capacity=amount.amount,
            unit=amount.unit,
            format=log_format,
            key=key or ["target"],
            progress=tell,
        )
    if as_json:
        output.print_json(result.as_dict())
    else:
        tables.print_values(result.as_dict(), f"Replay of {log}")


@app.command()
def charts(
    trace: Annotated[Path, typer.Argument(metavar="TRACE_DIR", help="What 'run --out' wrote.")], out: Out = None
) -> None:
    """Draw the pictures of a trace, beside it or in the folder of --out."""
    pictures = sim.charts.save_all(sim.Trace.load(trace), out or trace.with_name(f"{trace.name}-figures"))
    _print_paths("picture", pictures)


@app.command()
def play(
    what: Annotated[
        list[str], typer.Argument(metavar="TRACE_OR_SCENARIO...", help="Folders of traces, or scenarios; up to four.")
    ],
    *,
    seed: Seed = 1,
    overrides: Overrides = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Page to write; else play.html here.")] = None,
    is_opened: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
    png: Annotated[
        str | None,
        typer.Option(metavar="at=12.5s", help="Draw this moment instead; also eyes=app-1, theme=dark, pick=17."),
    ] = None,
    gif: Annotated[
        str | None, typer.Option(metavar="from=1s,to=2s,lasts=6s", help="Draw this stretch instead, as FILE.gif.")
    ] = None,
) -> None:
    """Show requests moving through the network: one page that needs no network, for one to four traces."""
    from sim.player import frame_options, page

    traces = [
        sim.Trace.load(name) if frame_options.is_trace(name) else _simulated(sim.load(name, overrides or []), seed)
        for name in what
    ]
    file = out or Path("play.html")
    if png or gif:
        _print_paths("picture", frame_options.pictures(traces, file, png=png, gif=gif))
        return
    written = page.write(traces, file)
    _print_paths("page", [written])
    if is_opened:
        typer.launch(str(written))


def _simulated(scenario: Scenario, seed: int) -> Trace:
    with progress.bar(f"running {scenario.name}") as tell:
        return sim.simulate(scenario, seed=seed, progress=tell)


@app.command()
def config(
    scenario: ScenarioName,
    *,
    product: Annotated[str, typer.Option("--for", metavar="PRODUCT", help="nginx, squid or haproxy.")],
    node: Annotated[str | None, typer.Option(metavar="NAME", help="The proxy; all of them with --out.")] = None,
    overrides: Overrides = None,
    out: Out = None,
) -> None:
    """Write the configuration of a real product in place of a proxy; what it cannot express is listed."""
    from sim.products.program import write

    for file, configuration in write(sim.load(scenario, overrides or []), product, node, out):
        if file:
            _print_paths("configuration", [file])
        else:
            typer.echo(configuration.text, nl=False)
        for problem in configuration.unsupported:
            output.say(f"note: {problem}")


proxy = typer.Typer(no_args_is_help=True, help="Run one of the proxies over real sockets, for curl, a browser or wrk.")
app.add_typer(proxy, name="proxy")


@proxy.command("forward")
@takes(ForwardOptions)
def proxy_forward(said: ForwardOptions) -> None:
    """Run a forward proxy until Ctrl-C: near the clients, configured by them."""
    from sim.serving import commands

    commands.forward(said, output.print_now)


@proxy.command("reverse")
@takes(ReverseOptions)
def proxy_reverse(said: ReverseOptions) -> None:
    """Run a reverse proxy until Ctrl-C: near the servers, in their name."""
    from sim.serving import commands

    commands.reverse(said, output.print_now)


@proxy.command("passthrough")
@takes(PassthroughOptions)
def proxy_passthrough(said: PassthroughOptions) -> None:
    """Pass TLS through unread until Ctrl-C; the server name of the handshake chooses the backend."""
    from sim.serving import commands

    commands.passthrough(said, output.print_now)


@app.command()
def export(
    trace: Annotated[Path, typer.Argument(metavar="TRACE_DIR", help="What 'run --out' wrote.")],
    *,
    to: Annotated[str, typer.Option(metavar="FORMAT", help="har, perfetto, otlp, mermaid, graphml or access-log.")],
    node: Annotated[str | None, typer.Option(metavar="NAME", help="The node whose access log to write.")] = None,
    request: Annotated[int | None, typer.Option(metavar="N", help="One request alone, by its number.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="File to write to; else it is printed.")] = None,
) -> None:
    """Write a trace in another format: for developer tools, Perfetto, OpenTelemetry, Markdown, graphs, logs."""
    from sim import exports

    text = exports.export(sim.Trace.load(trace), to, node=node, request_id=request)
    if out is None:
        typer.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8", newline="\n")
    _print_paths(to, [out])


@app.command()
def report(
    traces: Annotated[list[Path], typer.Argument(metavar="TRACE_DIR...", help="What 'run --out' or 'compare' wrote.")],
    *,
    _html: Annotated[bool, typer.Option("--html", help="As one HTML page, the only form.")] = True,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="File to write to.")] = None,
) -> None:
    """Write one offline page with numbers, pictures, tables and player of one run, or of several side by side."""
    from sim import report as written
    from sim.player import page

    named = {str(path): sim.Trace.load(path) for path in traces}
    is_played = len(named) <= page.MOST_TRACES and all(len(trace.tables["requests"]) for trace in named.values())
    with progress.bar("drawing", unit="pictures") as tell:
        text = written.page(named, player=page.page(written.titled(named)) if is_played else "", progress=tell)
    target = out or traces[0].with_name(f"{traces[0].name}-report.html")
    target.write_text(text, encoding="utf-8", newline="\n")
    _print_paths("page", [target])
