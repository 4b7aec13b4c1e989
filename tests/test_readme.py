"""The README is true: its commands run, its Python runs, what it shows is printed, and its pictures are there."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli import app

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = [(found[1], found[2]) for found in re.finditer(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)]
DEMO = "$ make demo"
QUICK = ["--set", "run.requests=400", "--set", "run.warm_up=1 s"]
"""For commands of which only the exit status counts here."""


def blocks(language: str) -> list[str]:
    return [text for found, text in BLOCKS if found == language]


def commands() -> list[str]:
    """All command lines: those in blocks of shell, and those in tables and sentences that can be pasted."""
    lines = [line for text in blocks("sh") for line in text.splitlines()]
    prose = re.sub(r"^```.*?^```", "", README, flags=re.MULTILINE | re.DOTALL)
    lines += re.findall(r"`(proxysim [a-z]+[^`]*)`", prose)
    return list(dict.fromkeys(line for line in lines if line.startswith("proxysim ")))


def command_of(line: str) -> str:
    return line.split()[1]


def products_of(line: str) -> list[str]:
    """Real products that a command line starts."""
    return re.findall(r"--with (\w+)", line)


def shown() -> list[tuple[str, list[str]]]:
    """Command lines with what the README says that they print."""
    found = [text.splitlines() for text in blocks("console")]
    return [(lines[0].removeprefix("$ "), lines[1:]) for lines in found if lines[0] != DEMO]


@pytest.fixture
def beginner(repository, tmp_path, monkeypatch):
    """A folder like the repository's, with the files that the README tells to write, and the trace that it keeps."""
    shutil.copytree(repository / "scenarios", tmp_path / "scenarios")
    for text in blocks("yaml"):
        if name := re.match(r"# (\w+\.yaml)\n", text):
            (tmp_path / name[1]).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


def not_printed(expected: list[str], output: str) -> list[str]:
    """Lines that the README shows and that were not printed; … stands for what it leaves out."""
    printed = {text.rstrip() for text in output.splitlines()}
    return [text for text in expected if text != "…" and text.rstrip() not in printed]


def run(line: str, extra: list[str]) -> tuple[int, str]:
    """Run one command line as a shell would, ``>`` understood; give exit status and output."""
    words, _, file = line.partition(" > ")
    done = CliRunner().invoke(app, shlex.split(words)[1:] + extra)
    if file:
        Path(file).write_text(done.stdout, encoding="utf-8")
    return done.exit_code, done.output


@pytest.mark.parametrize(
    "line", [pytest.param(line, marks=pytest.mark.needs(*products_of(line))) for line in commands()]
)
def test_every_command_runs(beginner, line):
    if command_of(line) in {"charts", "export", "report"}:
        assert run("proxysim run layered --out runs/one", QUICK)[0] == 0
    if command_of(line) == "proxy":
        line += " --help"  # it would run until somebody stops it: tests/lab/test_foreground.py does both
    can_be_quick = re.match(r"proxysim (run|compare) (?!access-log)", line)
    status, output = run(line, QUICK if can_be_quick else [])
    assert status == 0, output


def test_commands_were_found():
    assert len(commands()) >= 12
    assert {line.split()[1] for line in commands()} >= {"list", "show", "check", "schema", "run", "compare", "replay"}


@pytest.mark.parametrize(("line", "expected"), shown(), ids=[line for line, _ in shown()])
def test_what_is_shown_is_printed(beginner, line, expected):
    _, output = run(line, [])
    assert expected
    assert not not_printed(expected, output), output


@pytest.mark.slow
def test_the_demo_prints_what_is_shown(beginner, repository):
    """As make would run it, in the environment that it would have made."""
    (lines,) = (text.splitlines() for text in blocks("console") if text.startswith(DEMO))
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    designs = re.search(r"^FLAGSHIP := (.*)$", makefile, re.MULTILINE)[1]
    options = re.search(r"^demo:.*\n\t@\$\(BIN\)/(proxysim compare) \$\(FLAGSHIP\) (.*)$", makefile, re.MULTILINE)
    status, output = run(f"{options[1]} {designs} {options[2]}", [])
    assert status == 0, output
    assert not not_printed(lines[1:], output), output


@pytest.mark.parametrize("code", blocks("python"), ids=lambda code: code.splitlines()[0])
def test_python_runs(beginner, code, capsys):
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102  # the README's own code is what is tested
    assert "mean_response_time_s" in capsys.readouterr().out


def test_settings_of_the_editor_fit_the_schema(beginner):
    (settings,) = map(json.loads, blocks("json"))
    (file,) = settings["yaml.schemas"]
    assert any(line == f"proxysim schema > {Path(file).name}" for line in commands())
    assert run(f"proxysim schema > {file}", []) == (0, Path(file).read_text(encoding="utf-8"))
    assert json.loads(Path(file).read_text(encoding="utf-8"))["properties"]["nodes"]


def test_pictures_and_linked_files_are_there(repository):
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    links = re.findall(r"(?<!!)\[[^\]]+\]\(([^)#:]+)\)", README)
    assert pictures
    assert links
    assert not [path for path in pictures + links if not (repository / path).is_file()]


def test_every_room_is_in_the_tree(repository):
    (tree,) = (text for text in blocks("") if "sim/" in text)
    rooms = {path.name for path in (repository / "sim").iterdir() if (path / "__init__.py").is_file()}
    assert {room for room in rooms if f"{room}/" not in tree} == set()


def test_the_makefile_has_the_targets(repository):
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?:`|^    )make (\w+)", README, re.MULTILINE))
    assert {"demo", "test"} <= targets
    assert not [target for target in targets if f"\n{target}:" not in makefile]
