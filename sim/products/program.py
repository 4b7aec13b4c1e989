"""The real products that can take the place of a proxy: how each is configured, checked and started.

Nothing is started here; `sim.lab.product_run` does that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from sim.errors import Problem, ProductError, nearest
from sim.products import haproxy, nginx, squid
from sim.products.draft import Configuration
from sim.products.syntax import Place
from sim.products.task import Task, proxies, proxy, task
from sim.scenario.schema import Scenario


class Program(NamedTuple):
    """How a product is configured and started.

    Attributes
    ----------
    write : callable
        Writes its configuration.
    start, check : tuple of str
        The command that runs it in the foreground, and the one that only checks the configuration; ``{file}`` and
        ``{name}`` (of this instance) are filled in.
    account : str
        The account that it changes to when root starts it; empty where it may stay root.
    grace_s : float
        How long it may take to end after SIGTERM, in seconds.
    """

    write: Callable[[Task], Configuration]
    start: tuple[str, ...]
    check: tuple[str, ...]
    account: str = ""
    grace_s: float = 5.0


PROGRAMS: Mapping[str, Program] = MappingProxyType(
    {
        "nginx": Program(nginx.configuration, ("nginx", "-c", "{file}"), ("nginx", "-t", "-c", "{file}")),
        # Squid finds its shared memory by the name of the instance.  At SIGTERM it stops listening at once, and then
        # takes two seconds over a cache that is in memory alone.
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
    """Return a real product that takes the place of a proxy.

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
        Its configuration and commands; nothing is started.

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
    name : {"nginx", "squid", "haproxy"}
        The product.
    scenario : Scenario
        The scenario.
    node : str
        The proxy's name in it.

    Attributes
    ----------
    name, node : str
        The same.
    program : Program
        How the product is configured and started.
    """

    def __init__(self, name: str, scenario: Scenario, node: str) -> None:
        self.name = name
        self.node = node
        self.program = _program(name)
        self._scenario = scenario

    @property
    def address(self) -> str:
        """The proxy's address in the scenario."""
        return proxy(self._scenario, self.node).address

    @property
    def unsupported(self) -> tuple[Problem, ...]:
        """Notes on the settings that the product cannot be told, each with its path in the scenario."""
        return self.configuration(Path("run")).unsupported

    def configuration(
        self, run: Path, places: Mapping[str, Place] | None = None, *, stays_root: bool = False
    ) -> Configuration:
        """Write the configuration.

        Parameters
        ----------
        run : Path
            Folder for pid file, logs and caches.
        places : mapping of str to Place, optional
            Where each address of the scenario is on this machine; as it is, if absent.
        stays_root : bool
            Whether it is started by root and must not change its user.

        Returns
        -------
        Configuration
            The text, and the notes.
        """
        work = task(self._scenario, self.node, run, places)
        return self.program.write(replace(work, stays_root=stays_root))


class Written(NamedTuple):
    """A configuration, and the file that it was written to; None where it was not written."""

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


def _write_one(chosen: Product, out: Path | None) -> Written:
    folder = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in chosen.node)
    if out is None:
        return Written(None, chosen.configuration(Path("/var/lib/proxysim") / folder))
    run = (out / folder).resolve()
    run.mkdir(parents=True, exist_ok=True)
    configured = chosen.configuration(run)
    file = out / f"{folder}.{chosen.name}.conf"
    file.write_text(configured.text, encoding="utf-8")
    return Written(file, configured)
