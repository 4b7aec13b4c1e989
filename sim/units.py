"""Quantities: human units in files, SI units in the program.

A quantity is written with its unit (``20 ms``, ``64 MiB``, ``100 Mbit/s``, ``15/s``) and becomes a float in
seconds, bytes, bytes per second or per second.  A number without a unit is an error whose message shows the right
form.  Byte units: ``kB MB GB`` are powers of 1000, ``KiB MiB GiB`` powers of 1024 (IEC 80000-13).
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, PlainSerializer, PlainValidator, WithJsonSchema

from sim.errors import UnitError, nearest

_DIGITS = r"(?:\d+(?:_\d+)*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_QUANTITY = re.compile(rf"\s*([+-]?(?:{_DIGITS}|\.?(?:nan|inf(?:inity)?)\b))\s*(.*?)\s*", re.IGNORECASE)
_LONGEST_TEXT = 64
_EXACT_FROM, _EXACT_TO = 1e-30, 1e30
_FOUR_DIGITS_FROM = 999.5
_OBJECT_LIMIT = 10**12

_TIMES: Mapping[str, Fraction] = {
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6),
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "min": Fraction(60),
    "h": Fraction(3600),
    "d": Fraction(86400),
}
_DECIMAL = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_SIZES = {f"{prefix}B": Fraction(factor) for prefix, factor in {**_DECIMAL, **_BINARY}.items()}
_BANDWIDTHS = {
    **{f"{prefix}bit/s": Fraction(factor, 8) for prefix, factor in _DECIMAL.items()},
    **{f"{unit}/s": factor for unit, factor in _SIZES.items()},
}
_RATES = {f"/{unit}": 1 / _TIMES[unit] for unit in ("ms", "s", "min", "h", "d")}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A kind of quantity: its units and its range.

    Attributes
    ----------
    noun : str
        Its name with the article, such as ``a duration``.
    units : mapping of str to Fraction
        Each unit in the SI unit.
    largest : str
        The largest value allowed, with its unit.
    examples : tuple of str
        Two valid forms, for messages.

    Examples
    --------
    >>> DURATION.parse("20 ms")
    0.02
    >>> DURATION.parse(20)
    Traceback (most recent call last):
    sim.errors.UnitError: a duration needs a unit: write '20 ms' or '20 s', not 20
    """

    noun: str
    units: Mapping[str, Fraction]
    largest: str
    examples: tuple[str, str]

    def parse(self, value: object) -> float:
        """Parse a quantity.

        Parameters
        ----------
        value : object
            The value in the file; only a string can be valid.

        Returns
        -------
        float
            The value in the SI unit.

        Raises
        ------
        UnitError
            If it has no unit, a wrong or unknown unit, or is out of range.
        """
        number, unit = self._split(value)
        if unit not in self.units:
            raise self._unit_error(str(value), unit)
        if not 0 <= number <= self._limit(unit):
            raise UnitError(f"{str(value)!r} is out of range: {self.noun} is between 0 and {self.largest}")
        return float(Fraction(number) * self.units[unit])

    def json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the quantity as a string.

        Returns
        -------
        dict
            With pattern, description and examples, for editors.
        """
        noun = self.noun[0].upper() + self.noun[1:]
        return {
            "type": "string",
            "pattern": _pattern(self.units),
            "patternErrorMessage": f"{noun} with its unit, such as '{self.examples[0]}'.",
            "description": f"{noun} with its unit, such as '{self.examples[0]}'.",
            "examples": list(self.examples),
        }

    def _split(self, value: object) -> tuple[float | Fraction, str]:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise UnitError(f"{self.noun} is written as {self._forms()}, not {value!r}")
        number, unit = _split(str(value))
        if number is None:
            raise UnitError(f"{value!r} is not {self.noun}: write it as {self._forms()}")
        if unit == "":
            raise UnitError(f"{self.noun} needs a unit: write {self._with_units(value)}, not {value}")
        return number, unit

    def _limit(self, unit: str) -> Fraction:
        number, largest_unit = _split(self.largest)
        return Fraction(number or 0) * self.units[largest_unit] / self.units[unit]

    def _forms(self) -> str:
        return " or ".join(repr(example) for example in self.examples)

    def _with_units(self, value: object) -> str:
        units = [example.lstrip("0123456789") for example in self.examples]
        return " or ".join(repr(f"{str(value).strip()}{unit}") for unit in units)

    def _unit_error(self, text: str, unit: str) -> UnitError:
        for other in _KINDS:
            if unit in other.units:
                return UnitError(f"{text!r} is {other.noun}, but {self.noun} is expected, such as {self._forms()}")
        same = [known for known in self.units if known.lower() == unit.lower()]
        hint = f"did you mean {same[0]!r}?" if same else nearest(unit, self.units)
        return UnitError(f"unknown unit {unit!r} in {text!r}; {self.noun} is written as {self._forms()}", hint=hint)


def _pattern(units: Iterable[str]) -> str:
    """Return the pattern of a non-negative number with one of the units (which contain no special characters)."""
    return rf"^\s*\+?{_DIGITS}\s*({'|'.join(units)})\s*$"


def _split(text: str) -> tuple[float | Fraction | None, str]:
    """Return the number of a text (None if there is none) and its unit, without spaces."""
    match = _QUANTITY.fullmatch(text) if len(text) <= _LONGEST_TEXT else None
    if match is None:
        return None, ""
    number = float(match[1].lstrip("+").replace(".nan", "nan").replace(".inf", "inf"))
    unit = "".join(match[2].split()).replace("\u03bc", "µ")
    # An exact fraction makes '0.1 ms' the float nearest to 0.0001.  Beyond these bounds it would take much memory, and
    # the value is out of range anyway.
    exact = math.isfinite(number) and _EXACT_FROM < abs(number) < _EXACT_TO
    return (Fraction(match[1].replace("_", "")) if exact else number), unit


DURATION = Quantity("a duration", _TIMES, "3653 d", ("20 ms", "20 s"))
SIZE = Quantity("a size", {**_SIZES, "PiB": Fraction(2**50), "EiB": Fraction(2**60)}, "1 EiB", ("64 KiB", "64 MiB"))
BANDWIDTH = Quantity("a bandwidth", _BANDWIDTHS, "1000 Tbit/s", ("100 Mbit/s", "100 MB/s"))
RATE = Quantity("a rate", _RATES, "1000000000/s", ("15/s", "15/min"))
_KINDS = (DURATION, SIZE, BANDWIDTH, RATE)


class Capacity(NamedTuple):
    """Capacity of a cache.

    Attributes
    ----------
    amount : int
        In `unit`.
    unit : {"bytes", "objects"}
        Whether the sizes or the number of stored responses are limited.
    """

    amount: int
    unit: Literal["bytes", "objects"]

    def __str__(self) -> str:
        return format_bytes(self.amount) if self.unit == "bytes" else f"{self.amount:,} objects"


def parse_capacity(value: object) -> Capacity:
    """Parse the capacity of a cache.

    Parameters
    ----------
    value : object
        ``'64 MiB'`` or ``'1000 objects'``; a `Capacity` is returned unchanged.

    Returns
    -------
    Capacity
        In bytes or in objects.

    Raises
    ------
    UnitError
        If it is neither a size nor a number of objects, or not larger than 0.

    Examples
    --------
    >>> parse_capacity("64 MiB"), parse_capacity("1000 objects")
    (Capacity(amount=67108864, unit='bytes'), Capacity(amount=1000, unit='objects'))
    """
    if isinstance(value, Capacity):
        return value
    number, unit = _split(str(value))
    if number is None or unit == "" or isinstance(value, bool):
        raise UnitError(f"a capacity needs a unit: write '64 MiB' or '1000 objects', not {value!r}")
    if unit in ("object", "objects"):
        return _objects(number, value)
    if unit not in SIZE.units:
        hint = nearest(unit, [*SIZE.units, "objects"])
        raise UnitError(f"unknown unit {unit!r} in {value!r}; write '64 MiB' or '1000 objects'", hint=hint)
    amount = round(SIZE.parse(value))
    if amount == 0:
        raise UnitError(f"a capacity is larger than 0, not {value!r}")
    return Capacity(amount, "bytes")


def _objects(number: float | Fraction, value: object) -> Capacity:
    if not 1 <= number <= _OBJECT_LIMIT or number != int(number):
        raise UnitError(f"a capacity is a whole number of objects between 1 and {_OBJECT_LIMIT:,}, not {value!r}")
    return Capacity(int(number), "objects")


def parse_address(value: object) -> str:
    """Parse an IP address.

    Parameters
    ----------
    value : object
        The value in the file.

    Returns
    -------
    str
        The address in canonical form (RFC 5952 for IPv6).

    Raises
    ------
    UnitError
        If it is not an address.

    Examples
    --------
    >>> parse_address("2001:DB8:0::10")
    '2001:db8::10'
    """
    try:
        return str(ipaddress.ip_address(value if isinstance(value, str) else ""))
    except ValueError:
        hint = "write four numbers from 0 to 255, such as 192.0.2.10, or an IPv6 address, such as 2001:db8::10"
        raise UnitError(f"{value!r} is not an IP address", hint=hint) from None


def parse_address_block(value: object) -> str:
    """Parse a block of IP addresses.

    Parameters
    ----------
    value : object
        The value in the file.

    Returns
    -------
    str
        The block in CIDR notation (RFC 4632).

    Raises
    ------
    UnitError
        If it is not a block, or has bits set behind its prefix.

    Examples
    --------
    >>> parse_address_block("10.1.0.0/16")
    '10.1.0.0/16'
    """
    text = value if isinstance(value, str) else ""
    try:
        block = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise UnitError(f"{value!r} is not a block of addresses", hint="write it as 10.1.0.0/16") from None
    if ipaddress.ip_interface(text).ip != block.network_address:
        raise UnitError(f"{value!r} is an address inside a block", hint=f"did you mean {str(block)!r}?")
    return str(block)


def format_seconds(seconds: float) -> str:
    """Return a duration as text for people.

    Parameters
    ----------
    seconds : float
        The duration in seconds.

    Returns
    -------
    str
        At most three significant digits, in the largest unit of which there is at least one.

    Examples
    --------
    >>> format_seconds(0.02), format_seconds(1.5), format_seconds(300), format_seconds(0)
    ('20 ms', '1.5 s', '5 min', '0 s')
    """
    return _format(seconds, (("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)), "s")


def format_bytes(size_bytes: float) -> str:
    """Return a size as text for people.

    Parameters
    ----------
    size_bytes : float
        The size in bytes.

    Returns
    -------
    str
        In B, KiB, MiB, GiB or TiB.

    Examples
    --------
    >>> format_bytes(64 * 2**20), format_bytes(1500), format_bytes(12)
    ('64 MiB', '1.46 KiB', '12 B')
    """
    return _format(size_bytes, (*((f"{p}B", float(f)) for p, f in reversed(_BINARY.items())), ("B", 1.0)), "B")


def _format(value: float, units: tuple[tuple[str, float], ...], zero_unit: str) -> str:
    """Return a value in the largest unit of which there is at least one, with three significant digits."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g} {zero_unit}"
    # Rounded to three digits, 0.9995 of a unit is 1.00 of it.
    name, factor = next((unit for unit in units if abs(value) >= 0.9995 * unit[1]), units[-1])
    amount = value / factor
    return f"{amount:,.0f} {name}" if abs(amount) >= _FOUR_DIGITS_FROM else f"{amount:.3g} {name}"


Seconds = Annotated[float, BeforeValidator(DURATION.parse), WithJsonSchema(DURATION.json_schema())]
Bytes = Annotated[float, BeforeValidator(SIZE.parse), WithJsonSchema(SIZE.json_schema())]
BytesPerSecond = Annotated[float, BeforeValidator(BANDWIDTH.parse), WithJsonSchema(BANDWIDTH.json_schema())]
PerSecond = Annotated[float, BeforeValidator(RATE.parse), WithJsonSchema(RATE.json_schema())]

CacheCapacity = Annotated[
    Capacity,
    PlainValidator(parse_capacity),
    PlainSerializer(list, return_type=list[Any], when_used="json"),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": _pattern([*SIZE.units, "objects?"]),
            "description": "A size, or a number of objects.",
            "examples": ["64 MiB", "1000 objects"],
        }
    ),
]
Address = Annotated[
    str,
    BeforeValidator(parse_address),
    WithJsonSchema({"type": "string", "description": "An IP address.", "examples": ["192.0.2.10", "2001:db8::10"]}),
]
AddressBlock = Annotated[
    str,
    BeforeValidator(parse_address_block),
    WithJsonSchema(
        {
            "type": "string",
            "description": "A block of IP addresses.",
            "pattern": "/[0-9]{1,3}$",
            "examples": ["10.1.0.0/16"],
        }
    ),
]
