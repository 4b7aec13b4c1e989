"""Every address of a scenario on this machine: each has its own 127.x.y.z, and the way back.

Linux answers at every address of 127.0.0.0/8 and lets a program bind any of them as the source of a connection.  So
each node of a scenario has an address of its own, and what the others see of it is what the kernel reports to them.

The lab counts upwards from 127.1.0.1: first the nodes in the scenario's order, then the clients by their numbers.  The
addresses that end in .0 or .255 are left out, for they look like networks; so are 127.0.0.0/16, where other programs of
the machine live.  That leaves more than 16 million.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Address

from sim.errors import SimError

PER_BLOCK = 254
"""Addresses used of each 256."""

FIRST_BLOCK = (127 << 16) + (1 << 8)
BLOCKS = 0xFFFF - 0xFF
MOST = PER_BLOCK * BLOCKS
"""So many addresses there are."""

_LOOPBACK = re.compile(r"127\.\d{1,3}\.\d{1,3}\.\d{1,3}(?!\d)(?!\.\d)")


class Addresses:
    """The addresses of one scenario, here and there.

    Parameters
    ----------
    nodes : iterable of str
        Addresses of nodes; one that is there twice counts once.
    clients : sequence of str
        Addresses of clients by number; they may be made on demand, and are only looked at one by one.

    Raises
    ------
    SimError
        If there are more addresses than loopback has.

    Examples
    --------
    >>> known = Addresses(["203.0.113.1"], ["10.1.0.1", "10.1.0.2"])
    >>> known.here("203.0.113.1"), known.client(1)
    ('127.1.0.1', '127.1.0.3')
    >>> known.there("127.1.0.3"), known.in_words("for 127.1.0.1, 127.9.9.9")
    ('10.1.0.2', 'for 203.0.113.1, 127.9.9.9')
    """

    def __init__(self, nodes: Iterable[str], clients: Sequence[str] = ()) -> None:
        self._nodes = tuple(dict.fromkeys(nodes))
        self._clients = clients
        if len(self) > MOST:
            raise SimError(
                f"{len(self):,} addresses, but this machine's loopback has only {MOST:,} to give",
                hint="measure a scenario with fewer clients",
            )
        self._here = {address: _text(number) for number, address in enumerate(self._nodes)}

    def __len__(self) -> int:
        return len(self._nodes) + len(self._clients)

    def here(self, address: str) -> str:
        """Return the loopback address of a node's address.

        Parameters
        ----------
        address : str
            In the scenario.

        Returns
        -------
        str
            On this machine.
        """
        return self._here[address]

    def client(self, number: int) -> str:
        """Return the loopback address of a client, by the client's number."""
        return _text(len(self._nodes) + number)

    def there(self, ip: str) -> str:
        """Return the scenario's address for a loopback address; an unknown one stays as it is."""
        number = _number(ip)
        if not 0 <= number < len(self):
            return ip
        return self._nodes[number] if number < len(self._nodes) else self._clients[number - len(self._nodes)]

    def in_words(self, text: str) -> str:
        """Put the scenario's addresses in the place of loopback addresses in a text, such as a field's value."""
        return _LOOPBACK.sub(lambda found: self.there(found.group()), text) if "127." in text else text

    def of_clients(self, numbers: Iterable[int]) -> Mapping[str, str]:
        """Return the loopback addresses of some clients by their addresses in the scenario."""
        return {self._clients[number]: self.client(number) for number in numbers}


def _text(number: int) -> str:
    block, place = divmod(number, PER_BLOCK)
    return str(IPv4Address(((FIRST_BLOCK + block) << 8) + place + 1))


def _number(ip: str) -> int:
    """Return the number of a loopback address; -1 for one that is not the lab's."""
    try:
        block, last = divmod(int(IPv4Address(ip)), 256)
    except ValueError:
        return -1
    if not (0 <= block - FIRST_BLOCK < BLOCKS and 1 <= last <= PER_BLOCK):
        return -1
    return (block - FIRST_BLOCK) * PER_BLOCK + last - 1
