"""Products are started and stopped: they listen, they leave nothing behind, and their complaints are shown."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

import sim
from sim.errors import ProductError
from sim.lab import product_run
from sim.lab.product_run import running
from sim.products import program
from sim.products.draft import Configuration
from sim.products.program import PROGRAMS, product
from tests.support.real_products import Stage

PRODUCTS = [pytest.param(name, marks=pytest.mark.needs(name)) for name in PROGRAMS]
NOBODY = 65534


def gateway(name):
    return product(name, sim.load("reverse-proxy", [f"nodes.gateway.like={name}"]), "gateway")


def left_behind(home):
    """Command lines and folders that a product's run would leave."""
    commands = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            commands.append(entry.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return [*map(str, home.glob("proxysim-*")), *(command for command in commands if str(home) in command)]


def listens(place):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(place) == 0


@pytest.fixture(autouse=True)
def home(monkeypatch):
    """Where run directories are made, open for every account; each test leaves it empty."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        yield folder
        assert left_behind(folder) == []


@pytest.mark.parametrize("name", PRODUCTS)
def test_it_listens_until_the_end_and_no_longer(name, home):
    with running(gateway(name), {"203.0.113.1": ("127.0.0.9", 0)}) as place:
        assert place[0] == "127.0.0.9"
        assert listens(place)
        assert len(left_behind(home)) >= 2
        (run,) = home.glob("proxysim-*")
    assert not listens(place)
    assert not list(product_run.SHARED_MEMORY.glob(f"{product_run._instance(run)}-*"))


@pytest.mark.parametrize("name", PRODUCTS)
def test_after_an_exception_it_is_gone_too(name):
    context = running(gateway(name), {})
    place = context.__enter__()
    assert listens(place)
    error = ZeroDivisionError()
    assert not context.__exit__(ZeroDivisionError, error, None)
    assert not listens(place)


@pytest.mark.needs("nginx")
def test_a_port_that_is_taken_is_complained_of():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        places = {"203.0.113.1": taken.getsockname()}
        with pytest.raises(ProductError, match=r"cannot listen at .*: Address already in use"):
            running(gateway("nginx"), places).__enter__()


@pytest.mark.needs("nginx")
def test_a_configuration_that_it_does_not_take_is_complained_of(monkeypatch):
    broken = PROGRAMS["nginx"]._replace(write=lambda task: Configuration("nonsense;", ()))
    monkeypatch.setattr(program, "PROGRAMS", {"nginx": broken})
    with pytest.raises(ProductError) as error:
        running(gateway("nginx"), {}).__enter__()
    assert 'unknown directive "nonsense"' in str(error.value)


def test_a_program_that_never_listens_is_ended(monkeypatch):
    deaf = (sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)")
    silent = PROGRAMS["haproxy"]._replace(start=deaf, grace_s=0.2)
    monkeypatch.setattr(program, "PROGRAMS", {"haproxy": silent})
    with pytest.raises(ProductError, match="it does not listen"):
        running(gateway("haproxy"), {}, patience_s=0.5).__enter__()


def test_a_program_that_is_not_installed(monkeypatch):
    monkeypatch.setattr(product_run.shutil, "which", lambda name: None)
    with pytest.raises(ProductError, match="nginx is not installed"):
        running(gateway("nginx"), {}).__enter__()


@pytest.mark.parametrize("name", PRODUCTS)
def test_an_ordinary_user_can_do_it_too(name):
    if os.geteuid() != 0:
        pytest.skip("this user is an ordinary one, so that all other tests show it")
    stage = Stage(sim.load("reverse-proxy", [f"nodes.gateway.like={name}"]), {"gateway": name})
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            with stage.up():
                status = 0 if stage.ask() == stage.expected() else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
