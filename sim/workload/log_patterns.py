r"""Common, Combined and Squid's format: every line matches one pattern.

Common and Combined are those of Apache's ``mod_log_config`` and nginx (``combined``), Squid's is its native
``access.log``.  All lines of a block are first matched against a quick pattern in one pass; a line that does not match
is matched against a patient one (a user or a target with blanks, ``\"`` in a target).  No pattern backtracks (all
repetitions are possessive), so that the time for a hostile line is linear in its length.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Row = Sequence[bytes]
Texts = Mapping[str, Sequence[bytes]]

_WORD = rb"[^ \t\n\r\f\v\0]++"
_CLF_REQUEST = (
    rb'"(?P<method>[A-Za-z][A-Za-z_-]*+) (?P<target>%s)(?: HTTP/\d(?:\.\d)?)?" '
    rb"(?P<status>\d{3}) (?:(?P<sent>\d{1,15}+)|-)"
)
_CLF_TIME = rb" \[(?P<time>\d\d/[A-Za-z]{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "
_CLF_WHO = rb"(?P<client>%s) " % _WORD
_CLF_QUICK = _CLF_WHO + rb"%s %s" % (_WORD, _WORD) + _CLF_TIME + _CLF_REQUEST % rb'[^ "\\\t\n\r\f\v\0]++'
_CLF_PATIENT = _CLF_WHO + rb"- [^\[\n\0]+?" + _CLF_TIME + _CLF_REQUEST % rb'(?:[^"\\\n\0]|\\[^\n\0])+?'
_COMMON_END = rb"(?: [^\n\0]*+)?"
_COMBINED_END = rb' "[^\n\0]*+'
_SQUID = (
    rb" *+(?P<time>\d{1,12}+\.\d{1,9}+) ++(?P<elapsed_ms>-?\d{1,12}+) (?P<client>%s) "
    rb"[^ /\n\0]++/(?P<status>\d{3}) (?P<sent>\d{1,15}+) (?P<method>%s) (?P<target>%s) [^\n\0]*+"
) % (_WORD, _WORD, _WORD)


class PatternFormat:
    r"""A format in which every line matches one pattern.

    Parameters
    ----------
    name : str
        Name of the format.
    quick, patient : bytes
        Pattern of a plain line, and of an unusual one, with the same named groups in the same order.
    seconds : callable
        Function from the texts of the columns to the times of the requests.

    Examples
    --------
    >>> line = b'192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 12\n'
    >>> COMMON.split(line)
    [(b'192.0.2.1', b'17/May/2015:10:05:03 +0000', b'GET', b'/a', b'200', b'12')]
    >>> COMMON.split(b"nonsense\n")
    [(b'', b'', b'', b'', b'', b'')]
    """

    def __init__(
        self, name: str, quick: bytes, patient: bytes, seconds: Callable[[Texts], NDArray[np.float64]]
    ) -> None:
        self.name = name
        # The second branch matches any other line, so that there is one row for each line.
        self._quick = re.compile(quick + rb"\n|[^\n]*+\n")
        self._patient = re.compile(patient + rb"\n")
        self._seconds = seconds
        self.columns = tuple(self._quick.groupindex)

    def split(self, block: bytes) -> Sequence[Row]:
        """Split a block of complete lines into one row per line."""
        rows: list[Row] = self._quick.findall(block)
        odd = [number for number, row in enumerate(rows) if not row[0]]
        if odd:
            lines = block.split(b"\n")
            for number in odd:
                found = self._patient.fullmatch(lines[number] + b"\n")
                if found:
                    rows[number] = found.groups(b"")
        return rows

    def seconds(self, texts: Texts) -> NDArray[np.float64]:
        """Return when the requests were issued, in seconds since 1970."""
        return self._seconds(texts)


_MONTHS = {name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def clf_seconds(stamp: bytes) -> float:
    """Parse a time of the Common Log Format.

    Parameters
    ----------
    stamp : bytes
        Such as ``b"17/May/2015:10:05:03 +0200"``.

    Returns
    -------
    float
        Seconds since 1970-01-01 00:00 UTC; NaN if the time does not exist.

    Examples
    --------
    >>> clf_seconds(b"01/Jan/1970:01:00:05 +0100")
    5.0
    """
    hour, minute, second = int(stamp[12:14]), int(stamp[15:17]), int(stamp[18:20])
    # Second 60 is a leap second.
    if hour > 23 or minute > 59 or second > 60:
        return math.nan
    return _midnight_s(stamp[:11], stamp[21:]) + hour * 3600 + minute * 60 + second


@lru_cache(maxsize=1024)
def _midnight_s(day: bytes, zone: bytes) -> float:
    """Return when a day such as ``17/May/2015`` began in a zone such as ``+0200``, in UTC seconds; NaN if invalid."""
    try:
        days = date(int(day[7:]), _MONTHS[day[3:6].title()], int(day[:2])).toordinal() - _EPOCH_DAY
    except (KeyError, ValueError):
        return math.nan
    east_s = int(zone[:1] + b"1") * (int(zone[1:3]) * 3600 + int(zone[3:]) * 60)
    return float(days * 86_400 - east_s)


class _Remembered(dict[bytes, float]):
    """Results of a function of a text, kept for texts that recur."""

    def __init__(self, function: Callable[[bytes], float]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, text: bytes) -> float:
        value = self[text] = self._function(text)
        return value


def each(function: Callable[[bytes], float], texts: Sequence[bytes]) -> NDArray[np.float64]:
    """Return the results of a function of each text, which is called once for each different one.

    Parameters
    ----------
    function : callable
        Pure function from a text to a number.
    texts : sequence of bytes
        Many of them equal, as the times of a busy server are.

    Returns
    -------
    ndarray of float64, shape (texts,)
        In the order of the texts.

    Examples
    --------
    >>> each(float, [b"2", b"3", b"2"]).tolist()
    [2.0, 3.0, 2.0]
    """
    return np.fromiter(map(_Remembered(function).__getitem__, texts), np.float64, len(texts))


def _clf_times(texts: Texts) -> NDArray[np.float64]:
    return each(clf_seconds, texts["time"])


def _squid_times(texts: Texts) -> NDArray[np.float64]:
    """Return the times of issue: Squid logs the end of a request and its duration."""
    end_s = np.array([float(text) for text in texts["time"]])
    elapsed_s = np.array([float(text) for text in texts["elapsed_ms"]]) / 1000
    return end_s - np.maximum(elapsed_s, 0)


COMMON = PatternFormat("common", _CLF_QUICK + _COMMON_END, _CLF_PATIENT + _COMMON_END, _clf_times)
COMBINED = PatternFormat("combined", _CLF_QUICK + _COMBINED_END, _CLF_PATIENT + _COMBINED_END, _clf_times)
SQUID = PatternFormat("squid", _SQUID, _SQUID, _squid_times)
