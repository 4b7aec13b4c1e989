"""The addresses of a population as a lazy sequence: ten million clients take no memory."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import overload

_IPV4 = 4


class AddressRange(Sequence[str]):
    """Consecutive IP addresses, written out one by one when they are asked for.

    Parameters
    ----------
    first : int
        The first address as a number.
    length : int
        Number of addresses.
    version : int
        4 or 6.

    Examples
    --------
    >>> addresses = host_addresses("10.1.0.0/16")
    >>> len(addresses), addresses[0], addresses[-1], "10.2.0.1" in addresses
    (65534, '10.1.0.1', '10.1.255.254', False)
    >>> list(addresses[:2])
    ['10.1.0.1', '10.1.0.2']
    """

    __slots__ = ("first", "length", "version")

    def __init__(self, first: int, length: int, version: int) -> None:
        self.first = first
        self.length = length
        self.version = version

    def __len__(self) -> int:
        return self.length

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        chosen = range(self.first, self.first + self.length)[index]
        if isinstance(chosen, int):
            return self._text(chosen)
        if chosen.step == 1:
            return AddressRange(chosen.start, len(chosen), self.version)
        return [self._text(number) for number in chosen]

    def __contains__(self, address: object) -> bool:
        try:
            known = ipaddress.ip_address(address if isinstance(address, str) else "")
        except ValueError:
            return False
        return known.version == self.version and 0 <= int(known) - self.first < self.length

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AddressRange):
            return NotImplemented
        return (self.first, self.length, self.version) == (other.first, other.length, other.version)

    def __hash__(self) -> int:
        return hash((self.first, self.length, self.version))

    def __repr__(self) -> str:
        return f"AddressRange({self[0]!r} to {self[-1]!r})" if self.length else "AddressRange(empty)"

    def overlap(self, other: AddressRange) -> str | None:
        """Return the lowest address that lies in both ranges.

        Parameters
        ----------
        other : AddressRange
            Of either version; ranges of different versions have no address in common.

        Returns
        -------
        str or None
            None if the ranges are disjoint.

        Examples
        --------
        >>> host_addresses("10.1.0.0/16").overlap(host_addresses("10.1.2.0/24"))
        '10.1.2.1'
        """
        start = max(self.first, other.first)
        end = min(self.first + self.length, other.first + other.length)
        return self._text(start) if self.version == other.version and start < end else None

    def _text(self, number: int) -> str:
        return str(ipaddress.IPv4Address(number) if self.version == _IPV4 else ipaddress.IPv6Address(number))


_MOST = 2**62
"""``len`` of a sequence must fit into a machine word, and an IPv6 block may hold more addresses; no run needs them."""


def host_addresses(block: str, count: int | None = None) -> AddressRange:
    """Return the first host addresses of a block.

    Parameters
    ----------
    block : str
        A block in CIDR notation.
    count : int, optional
        Number of addresses; all if absent.  Whether the block is large enough is a rule of ``checks``.

    Returns
    -------
    AddressRange
        Without the network's own address and, under IPv4, without the broadcast address; blocks of one or two
        addresses have neither.

    Examples
    --------
    >>> host_addresses("192.0.2.0/24", 3)
    AddressRange('192.0.2.1' to '192.0.2.3')
    >>> len(host_addresses("192.0.2.7/32"))
    1
    """
    network = ipaddress.ip_network(block)
    tiny = network.prefixlen >= network.max_prefixlen - 1
    reserved = 0 if tiny else 2 if network.version == _IPV4 else 1
    room = min(network.num_addresses - reserved, _MOST)
    first = int(network.network_address) + (0 if tiny else 1)
    return AddressRange(first, room if count is None else count, network.version)


def one_address(address: str) -> AddressRange:
    """Return the range that consists of a single address.

    Parameters
    ----------
    address : str
        Of IPv4 or IPv6.

    Returns
    -------
    AddressRange
        Of length 1.

    Examples
    --------
    >>> list(one_address("192.0.2.7"))
    ['192.0.2.7']
    """
    known = ipaddress.ip_address(address)
    return AddressRange(int(known), 1, known.version)
