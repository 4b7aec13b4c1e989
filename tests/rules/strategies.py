"""Header fields as a hostile or broken sender might write them."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = st.sampled_from(
    [
        *("cache-control", "cdn-cache-control", "pragma", "age", "date", "expires", "last-modified", "etag", "vary"),
        *("if-none-match", "if-modified-since", "if-range", "range", "content-range", "connection", "location"),
        *("x-forwarded-for", "via", "accept", ""),
    ]
)
WORDS = [
    "max-age",
    "s-maxage",
    "no-store",
    "private",
    "no-cache",
    "bytes",
    "W/",
    "GMT",
    "Thu, 01 Jan 1970 00:01:00 GMT",
]
DIRECTIVES = st.sampled_from(
    [*WORDS, "=", ",", ", ", '"', "\\", "60", "9" * 400, "-1", "²", " ", "-", "/", "*", "5-9/10"]
)
VALUES = st.one_of(st.text(), st.lists(st.one_of(DIRECTIVES, st.text(max_size=3)), max_size=12).map("".join))

any_fields = st.lists(st.tuples(NAMES, VALUES), max_size=5).map(tuple)
any_time_s = st.floats(0, 1e12)
