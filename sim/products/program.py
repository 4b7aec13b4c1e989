"""Starts a real product in place of one proxy of a scenario, in a run directory of its own, and stops it again.

The program runs in the foreground in a process group of its own: whatever happens, the whole group is gone and the run
directory with it when the ``with`` statement is left.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from sim.errors import Problem, ProductError, nearest
from sim.products import haproxy, nginx, squid
from sim.products.task import Configuration, Place, Task, endpoint, proxies, proxy, task
from sim.scenario.schema import Scenario

PATIENCE_S = 10.0
"""How long a product may take until it listens, in seconds."""

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (where Linux has it)

POLL_S = 0.02
SHOWN_LINES = 12


class Program(NamedTuple):
    """How a product is started.

    Attributes
    ----------
    write : callable
        Writes its configuration.
    start, check : tuple of str
        The command that runs it in the foreground, and the one that only looks at the configuration; ``{file}`` and
        ``{name}`` (of this instance) are filled in.
    account : str
        The account that it changes to when root starts it; empty where it may stay root.
    grace_s : float
        How long it may take to end when it is asked to, in seconds.
    """

    write: Callable[[Task], Configuration]
    start: tuple[str, ...]
    check: tuple[str, ...]
    account: str = ""
    grace_s: float = 5.0


PROGRAMS: Mapping[str, Program] = MappingProxyType(
    {
        "nginx": Program(nginx.configuration, ("nginx", "-c", "{file}"), ("nginx", "-t", "-c", "{file}")),
        # An instance of its own: by its name Squid finds shared memory.  Asked to end, it stops listening at once, and
        # then sits for two seconds over a cache that is in memory alone.
        "squid": Program(
            squid.configuration,
            ("squid", "-N", "-n", "{name}", "-f", "{file}"),
            ("squid", "-k", "parse", "-n", "{name}", "-f", "{file}"),
            account="proxy",
            grace_s=0.2,
        ),
        "haproxy": Program(
            haproxy.configuration, ("haproxy", "-db", "-f", "{file}"), ("haproxy", "-c", "-f", "{file}")
        ),
    }
)


def product(name: str, scenario: Scenario, node: str) -> Product:
    """Take a real product in place of a proxy.

    Parameters
    ----------
    name : {"nginx", "squid", "haproxy"}
        The product.
    scenario : Scenario
        The scenario.
    node : str
        One of its proxies.

    Returns
    -------
    Product
        Not yet running.

    Raises
    ------
    ProductError
        If there is no such product or proxy.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> gateway = product("nginx", load.load(library.path("layered"), ["nodes.gateway.balancing=random"]), "gateway")
    >>> [problem.path for problem in gateway.unsupported if "cache" not in problem.path]
    ['nodes.gateway.balancing']
    """
    _program(name)
    proxy(scenario, node)
    return Product(name, scenario, node)


def _program(name: str) -> Program:
    if name not in PROGRAMS:
        raise ProductError(f"there is no product {name!r}", hint=nearest(name, PROGRAMS))
    return PROGRAMS[name]


class Product:
    """A real product in place of one proxy; made by `product`.

    Parameters
    ----------
    name : str
        The product.
    scenario : Scenario
        The scenario.
    node : str
        The proxy.
    """

    def __init__(self, name: str, scenario: Scenario, node: str) -> None:
        self.name = name
        self.node = node
        self._scenario = scenario
        self._program = _program(name)

    @property
    def unsupported(self) -> tuple[Problem, ...]:
        """What the product cannot be told, each with its path in the scenario."""
        return self.configuration(Path("run")).unsupported

    def configuration(self, run: Path, places: Mapping[str, Place] | None = None) -> Configuration:
        """Write the configuration.

        Parameters
        ----------
        run : Path
            Folder for pid file, logs and caches.
        places : mapping of str to Place, optional
            Where each address of the scenario is on this machine; as it is, if absent.

        Returns
        -------
        Configuration
            The text, and what it leaves unsupported.
        """
        return self._program.write(task(self._scenario, self.node, run, places))

    @contextmanager
    def running(self, places: Mapping[str, Place], *, patience_s: float = PATIENCE_S) -> Iterator[Place]:
        """Run the product.

        Parameters
        ----------
        places : mapping of str to Place
            Where each address of the scenario is on this machine.  The node's own may be absent, or have port 0: then
            a free port is picked.
        patience_s : float
            How long it may take to start, in seconds.

        Yields
        ------
        Place
            Where it listens.

        Raises
        ------
        ProductError
            If it is not installed or does not start; with what it complains of.
        """
        if shutil.which(self._program.start[0]) is None:
            raise ProductError(f"{self._program.start[0]} is not installed", hint="install the package of that name")
        address = proxy(self._scenario, self.node).address
        place = _free_place(*places.get(address, ("127.0.0.1", 0)), path=f"nodes.{self.node}")
        with _run_directory(self._program.account) as run:
            file = self._written(run, {**places, address: place})
            process = _start([word.format(file=file, name=_instance(run)) for word in self._program.start], run)
            try:
                self._wait(process, run, place, patience_s)
                yield place
            finally:
                _stop(process, self._program.grace_s)
                _sweep(run)

    def _wait(self, process: _Running, run: Path, place: Place, patience_s: float) -> None:
        if not _listens(process, place, patience_s):
            raise ProductError(f"{self.name} did not start", path=f"nodes.{self.node}", hint=_complaint(process, run))

    def _written(self, run: Path, places: Mapping[str, Place]) -> Path:
        said = replace(task(self._scenario, self.node, run, places), stays_root=os.geteuid() == 0)
        file = run / f"{self.name}.conf"
        file.write_text(self._program.write(said).text, encoding="utf-8")
        return file


_Running = subprocess.Popen[bytes]


@contextmanager
def _run_directory(account: str) -> Iterator[Path]:
    """Make a folder that the product may write to, whoever it becomes, and take it away afterwards."""
    with tempfile.TemporaryDirectory(prefix="proxysim-", ignore_cleanup_errors=True) as folder:
        if account and os.geteuid() == 0:
            entry = pwd.getpwnam(account)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
        yield Path(folder)


def _instance(run: Path) -> str:
    return "".join(letter for letter in run.name if letter.isalnum())


def _free_place(ip: str, port: int, *, path: str) -> Place:
    """Pick a free port, or see that nobody listens at the one that is wanted: he would be taken for the product."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ip, port))
        except OSError as error:
            raise ProductError(f"cannot listen at {endpoint((ip, port))}: {error.strerror}", path=path) from error
        return ip, int(probe.getsockname()[1])


def _start(command: Sequence[str], run: Path) -> _Running:
    with (run / "output.log").open("ab") as output:
        return subprocess.Popen(  # noqa: S603 (a program from a fixed table)
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=run,
            start_new_session=True,
        )


def _listens(process: _Running, place: Place, patience_s: float) -> bool:
    """Wait until somebody listens, as long as the program runs."""
    deadline_s = time.monotonic() + patience_s
    while process.poll() is None and time.monotonic() < deadline_s:
        try:
            socket.create_connection(place, timeout=1.0).close()
        except OSError:
            time.sleep(POLL_S)
        else:
            return True
    return False


def _complaint(process: _Running, run: Path) -> str:
    """Give the last lines that the program wrote, to wherever it writes."""
    state = "it does not listen" if process.poll() is None else f"exit status {process.returncode}"
    logs = [path for path in sorted(run.glob("*.log")) if path.name != "access.log"]
    lines = [line for path in logs for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    return "\n".join([state, *(line for line in lines[-SHOWN_LINES:] if line.strip())])


def _stop(process: _Running, grace_s: float) -> None:
    """Ask the program to end, and end its whole group whether it does or not."""
    if process.poll() is None:
        process.terminate()
        deadline_s = time.monotonic() + grace_s
        # Its number is kept while nobody has asked for its status: only then is the group surely still its own.
        while not _has_ended(process) and time.monotonic() < deadline_s:
            time.sleep(POLL_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _sweep(run: Path) -> None:
    """Take away the shared memory of this instance, which a program that was ended by force leaves."""
    for path in SHARED_MEMORY.glob(f"{_instance(run)}-*"):
        path.unlink(missing_ok=True)


def _has_ended(process: _Running) -> bool:
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


class Written(NamedTuple):
    """A configuration and the file that it stands in; None where it was only asked for."""

    file: Path | None
    configuration: Configuration


def write(scenario: Scenario, name: str, node: str | None = None, out: Path | None = None) -> list[Written]:
    """Write a product's configuration for one proxy of a scenario, or for all.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    name : str
        The product.
    node : str, optional
        The proxy; all of them if absent.
    out : Path, optional
        Folder to write to, with a folder for each proxy's logs and caches; nothing is written if absent.

    Returns
    -------
    list of Written
        One for each proxy, in the order of the scenario.

    Raises
    ------
    ProductError
        If there is no such product, no such proxy, or no proxy at all; or several, and nowhere to write them to.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> (gateway,) = write(load.load(library.path("layered")), "squid", "gateway")
    >>> gateway.configuration.text.splitlines()[1]
    'http_port 203.0.113.1:80 accel'
    """
    _program(name)
    nodes = [node] if node else proxies(scenario)
    if not nodes:
        raise ProductError("there is no proxy in this scenario", path="nodes", hint="add a forward or reverse proxy")
    if len(nodes) > 1 and out is None:
        raise ProductError(
            f"there are {len(nodes)} proxies: {', '.join(nodes)}", hint="name one with --node, or a folder with --out"
        )
    return [_write_one(product(name, scenario, one), out) for one in nodes]


def _write_one(said: Product, out: Path | None) -> Written:
    folder = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in said.node)
    if out is None:
        return Written(None, said.configuration(Path("/var/lib/proxysim") / folder))
    run = (out / folder).resolve()
    run.mkdir(parents=True, exist_ok=True)
    configured = said.configuration(run)
    file = out / f"{folder}.{said.name}.conf"
    file.write_text(configured.text, encoding="utf-8")
    return Written(file, configured)
