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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sim.errors import ProductError
from sim.products import Place, Product

PATIENCE_S = 10.0
"""How long a product may take until it listens, in seconds."""

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (where Linux has it)

POLL_S = 0.02
SHOWN_LINES = 12


@contextmanager
def running(product: Product, places: Mapping[str, Place], *, patience_s: float = PATIENCE_S) -> Iterator[Place]:
    """Run a product for as long as the block lasts.

    Parameters
    ----------
    product : Product
        The product, in place of one proxy.
    places : mapping of str to Place
        Where each address of the scenario is on this machine.  The proxy's own may be absent, or have port 0: then
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
        If it is not installed or does not start; with the last lines of its output.
    """
    program, path = product.program, f"nodes.{product.node}"
    if shutil.which(program.start[0]) is None:
        raise ProductError(f"{program.start[0]} is not installed", hint="install the package of that name")
    place = _free_place(*places.get(product.address, ("127.0.0.1", 0)), path=path)
    with _run_directory(program.account) as run:
        file = _written(product, run, {**places, product.address: place})
        process = _start([word.format(file=file, name=_instance(run)) for word in program.start], run)
        try:
            if not _listens(process, place, patience_s):
                raise ProductError(f"{product.name} did not start", path=path, hint=_complaint(process, run))
            yield place
        finally:
            _stop(process, program.grace_s)
            _sweep(run)


def _written(product: Product, run: Path, places: Mapping[str, Place]) -> Path:
    file = run / f"{product.name}.conf"
    configured = product.configuration(run, places, stays_root=os.geteuid() == 0)
    file.write_text(configured.text, encoding="utf-8")
    return file


_Running = subprocess.Popen[bytes]


@contextmanager
def _run_directory(account: str) -> Iterator[Path]:
    """Make a folder that the product's account may write to, and remove it afterwards."""
    with tempfile.TemporaryDirectory(prefix="proxysim-", ignore_cleanup_errors=True) as folder:
        if account and os.geteuid() == 0:
            entry = pwd.getpwnam(account)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
        yield Path(folder)


def _instance(run: Path) -> str:
    return "".join(letter for letter in run.name if letter.isalnum())


def _free_place(ip: str, port: int, *, path: str) -> Place:
    """Pick a free port, or check that the wanted one is free: another listener would be taken for the product."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ip, port))
        except OSError as error:
            raise ProductError(f"cannot listen at {ip} port {port}: {error.strerror}", path=path) from error
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
    """Wait until something listens there, as long as the program runs."""
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
    """Return the last lines of the program's output and logs."""
    state = "it does not listen" if process.poll() is None else f"exit status {process.returncode}"
    logs = [path for path in sorted(run.glob("*.log")) if path.name != "access.log"]
    lines = [line for path in logs for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    return "\n".join([state, *(line for line in lines[-SHOWN_LINES:] if line.strip())])


def _stop(process: _Running, grace_s: float) -> None:
    """Send SIGTERM to the program, and after the grace period SIGKILL to its whole group."""
    if process.poll() is None:
        process.terminate()
        deadline_s = time.monotonic() + grace_s
        # Its process id stays taken until its status is read: only until then is the group surely its own.
        while not _has_ended(process) and time.monotonic() < deadline_s:
            time.sleep(POLL_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _sweep(run: Path) -> None:
    """Remove the shared memory of this instance, which a killed program leaves behind."""
    for path in SHARED_MEMORY.glob(f"{_instance(run)}-*"):
        path.unlink(missing_ok=True)


def _has_ended(process: _Running) -> bool:
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
