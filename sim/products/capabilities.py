"""What a product can be told: each setting of a proxy is handed to the writer that a product declares for it.

A product's table ``CAN`` maps a setting's path below its node, as a scenario spells it (``cache.capacity``,
``response_timeout``), to the function that writes its directives; the order of the table is the order of writing.

- A setting whose value has a *kind* (an entry of ``guards``, a ``balancing`` policy) may stand in the table kind by
  kind: ``guards.blocklist``, ``balancing.random``.  The settings of a kind follow it: ``guards.blocklist.hosts``.
- A string in the place of a function names the setting together with which this one is written.
- What the table lacks and a scenario sets to anything but its default becomes a note with the setting's path.  Hence
  nobody has to remember the products when a setting or a stage is added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

from pydantic import BaseModel, TypeAdapter

from sim.products.draft import ConfigurationDraft
from sim.products.syntax import plain_name
from sim.products.task import Task
from sim.rules.forwarding import pseudonym
from sim.units import format_bytes, format_seconds

Writer = Callable[[ConfigurationDraft, Any], None]
"""Writes one setting, given its value."""

Table = Mapping[str, Writer | str]

FIELDS: Mapping[str, str] = {
    "forwarded_for": "X-Forwarded-For",
    "forwarded": "Forwarded",
    "x_real_ip": "X-Real-IP",
    "x_forwarded_proto": "X-Forwarded-Proto",
    "x_forwarded_host": "X-Forwarded-Host",
}
"""Request fields that name the client, by the setting that says what is done with them."""

NO_EFFECT: Mapping[str, str] = {
    "site": "a picture's affair: nodes of one site are drawn together",
    "like": "a set of defaults for other settings, and those are written",
}
"""Settings that change nothing about what a proxy does, with the reason: no product has to be told."""

TOGETHER: Table = {
    "connections.keep_alive": "connections",
    "connections.max_idle": "connections",
    "connections.idle_timeout": "connections",
    "guards.blocklist.hosts": "guards.blocklist",
    "guards.blocklist.paths": "guards.blocklist",
    "via_comment": "via",
    "balancing.round_robin.weights": "balancing.round_robin",
}
"""Settings that every product has in one piece with another one: a part of each table ``CAN``."""

REASONS: Mapping[str, str] = {
    "balancing": "{product} has no {value}; it takes the servers in turn",
    "cache.cautious": "{product} judges a malformed or repeated Age in its own way",
    "cache.shared": "{product}'s cache is a shared one: it stores no private responses",
    "cache.targeted": "{product} obeys Cache-Control alone, not CDN-Cache-Control",
    "cache.admission": "{product} takes in whatever it may store, not by {value}",
    "connections.handshake": "a new connection of {product} always costs a TCP handshake",
    "pools": "{product} is told of the first pool alone",
    "routing": "{product} is told of the first pool alone, and sends everything there",
    "service_demand": "{product} takes the time that it takes, not {value}, on each request",
    "transforms.compress.ratio": "{product} makes a content as small as gzip does, not by a ratio of {value}",
    "transforms.compress.speed": "{product} compresses as fast as it can, not at {value}",
    "workers": "{product} has as many workers as it is built for, not {value}",
}
"""Why products lack a setting, by its path; a product's own table wins.  {product} and {value} are filled in."""


class Setting(NamedTuple):
    """One setting of a proxy.

    Attributes
    ----------
    path : str
        Where it stands below its node, such as ``cache.capacity`` or ``guards.0``.
    name : str
        How a table ``CAN`` spells it: the path without numbers, and with the kinds of stages on the way, such as
        ``guards.blocklist.hosts``.
    kind : str
        The value's kind: that of a stage, or the value itself if it is a word; else empty.
    value : object
        What the scenario says.
    is_set : bool
        Whether that differs from the default.
    text : str
        The value for a note.
    """

    path: str
    name: str
    kind: str
    value: Any
    is_set: bool
    text: str

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which it may stand in a table, the narrowest first."""
        return (f"{self.name}.{self.kind}", self.name) if self.kind else (self.name,)


def settings(model: BaseModel, path: str = "", name: str = "") -> Iterator[Setting]:
    """Return all settings of a proxy, those of its cache, its connections and its stages among them.

    Parameters
    ----------
    model : pydantic.BaseModel
        A proxy of a scenario.
    path, name : str
        Those of the model itself, each with a dot at the end.

    Yields
    ------
    Setting
        In the order of the fields.  A model within the model comes before its own settings.

    Examples
    --------
    >>> from sim.scenario.schema import Connections
    >>> [(setting.path, setting.text) for setting in settings(Connections(max_idle=8)) if setting.is_set]
    [('max_idle', '8')]
    """
    for field, info in type(model).model_fields.items():
        key, value, default = info.alias or field, getattr(model, field), _default(type(model), field)
        stages = [(f"{path}{key}.{number}", stage) for number, stage in enumerate(_stages(value))]
        for place, one in stages or [(f"{path}{key}", value)]:
            kind = one if isinstance(one, str) else getattr(one, "kind", "")
            # A model whose default is a model of the same type only holds settings, each with a default of its own.
            is_holder = isinstance(one, BaseModel) and type(one) is type(default) and not kind
            is_set = not is_holder and value != default
            yield Setting(place, f"{name}{key}", kind, one, is_set, repr(kind) if kind else _text(field, one))
            if isinstance(one, BaseModel):
                yield from settings(one, f"{place}.", f"{name}{key}.{kind}." if kind else f"{name}{key}.")


def _stages(value: object) -> Sequence[Any]:
    """Return the stages of a list of stages; nothing for any other value."""
    return value if isinstance(value, tuple | list) and all(hasattr(stage, "kind") for stage in value) else ()


@cache
def _default(model: type[BaseModel], field: str) -> object:
    """Return a field's default as a model holds it: "60 s" in the schema is 60.0 in a model."""
    info = model.model_fields[field]
    default = info.get_default(call_default_factory=True)
    if not info.validate_default:
        return default
    return TypeAdapter[object](info.rebuild_annotation()).validate_python(default)


UNITS: Mapping[str, Callable[[float], str]] = {
    "_bytes_per_s": lambda value: f"{format_bytes(value)}/s",
    "_per_s": lambda value: f"{value:g}/s",
    "_bytes": format_bytes,
    "_s": format_seconds,
}
"""How a number is written for people, by the end of its field's name; the first that fits."""


def _text(field: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) else repr(value)
    return next((write(value) for end, write in UNITS.items() if field.endswith(end)), f"{value:g}")


def draft(
    product: str, task: Task, sections: Sequence[str], can: Table, reasons: Mapping[str, str]
) -> ConfigurationDraft:
    """Write all settings of a proxy for a product, and note those that it cannot be told.

    Parameters
    ----------
    product : str
        The product, as it is spelled in notes.
    task : Task
        The proxy's work.
    sections : sequence of str
        Sections of the product's configuration.
    can : mapping of str to Writer or str
        The product's table ``CAN``.
    reasons : mapping of str to str
        Why it lacks a setting, by its path or name: the texts of notes.

    Returns
    -------
    ConfigurationDraft
        Filled by the writers.
    """
    made = ConfigurationDraft(product, task, sections)
    _note_surroundings(made)
    found = list(settings(task.settings))
    for name, writer in can.items():
        for setting in found:
            if callable(writer) and name in setting.names:
                made.path = setting.path
                writer(made, setting.value)
    known, texts = {*can, *NO_EFFECT}, {**REASONS, **reasons}
    left_out: tuple[str, ...] = ()
    for setting in found:
        # What is left out as a whole is noted once, not once more for each of its own settings.
        if setting.is_set and not known.intersection(setting.names) and not setting.path.startswith(left_out):
            made.note(_reason(product, setting, texts), setting.path)
            left_out = (*left_out, f"{setting.path}.")
    return made


def _reason(product: str, setting: Setting, reasons: Mapping[str, str]) -> str:
    general = "{product} cannot be told this; {value} is left out"
    text = next((reasons[name] for name in setting.names if name in reasons), general)
    return text.format(product=product, value=setting.text)


def _note_surroundings(made: ConfigurationDraft) -> None:
    """Note what other nodes and links of the scenario want of a product and no product here does."""
    task = made.task
    if task.is_under_tls:
        made.note("the configuration has no TLS: for that its links need certificates of your own")
    if task.proxy_header_senders and not task.trusts_proxy_header_senders:
        made.note(f"{made.product} trusts all who send it a PROXY protocol header", "trusted_proxies")
    weights = getattr(getattr(task.settings, "balancing", None), "weights", {})
    if any(weight != int(weight) for weight in weights.values()):
        made.note(f"{made.product} counts in whole weights: these are rounded", "balancing.weights")
    if plain_name(pseudonym(task.name)) != pseudonym(task.name):
        made.note(f"{made.product} goes by the name {task.pseudonym!r}")


def kinds(setting: str, known: Iterable[str], writer: Writer) -> dict[str, Writer]:
    """Return a part of a table ``CAN``: one writer for the kinds of a setting that a product has.

    >>> list(kinds("balancing", ["random", "client_hash"], lambda made, policy: None))
    ['balancing.random', 'balancing.client_hash']
    """
    return {f"{setting}.{kind}": writer for kind in known}


def field_writers(
    write: Callable[[str, str, ConfigurationDraft, str], None], values: Mapping[str, str]
) -> dict[str, Writer]:
    """Return the writers of request fields that name the client.

    Parameters
    ----------
    write : callable
        Writes a field, given its name, its value in the product's language, the draft, and the setting's value:
        ``append``, ``replace``, ``delete`` or ``off``.
    values : mapping of str to str
        The value by setting.

    Returns
    -------
    dict of str to Writer
        A part of a table ``CAN``.
    """
    return {setting: partial(write, FIELDS[setting], value) for setting, value in values.items()}


def note_choice(made: ConfigurationDraft, path: str | None = None) -> None:
    """Note that a product's hash, or its dice, are not a node's: each picks another server of a pool."""
    if made.task.has_choice:
        made.note(f"{made.product} picks by a hash or dice of its own: not the servers that are picked here", path)
