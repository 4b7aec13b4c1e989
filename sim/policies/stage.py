"""A stage: one thing that a proxy may do beyond forwarding a request and storing the response.

A stage is a class with annotated fields.  The fields are its *settings*: what a scenario may write, with their units,
defaults and error messages.  A scenario holds settings, which are frozen; a run makes stages from them, each with state
of its own.  Stages decide and never act: they have no clock, no random numbers and no network.  All that they may know
of a request is a `Visit`.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Annotated, Any, ClassVar, NamedTuple, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model

from sim.errors import UnknownPolicyError
from sim.messages import Draws, Request
from sim.policies.registry import Registry


def checked_text(pattern: str, wanted: str) -> AfterValidator:
    """Return a check of a setting's text, with words for a user whose text does not match.

    Parameters
    ----------
    pattern : str
        Regular expression that the whole text must match.
    wanted : str
        What such a text is, such as "a path that begins with '/'".
    """

    def check(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise ValueError(f"must be {wanted}, not {text[:60]!r}")
        return text

    return AfterValidator(check)


PathPrefix = Annotated[str, checked_text(r"/[!-~]{0,2047}", "a path that begins with '/'")]
"""Beginning of a path, in visible ASCII characters."""


class Settings(BaseModel):
    """The settings of one stage in a scenario: its kind, and the values of its fields.

    Attributes
    ----------
    kind : str
        Name under which the stage is registered.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    stage: ClassVar[type[Any]]
    kind: str

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the stage's class: a model made at run time has no importable name."""
        return _unpickled, (self.stage, self.kind, dict(self))


def setting(default: Any = ..., **described: Any) -> Any:
    """Return the default of a setting together with its constraints and its description.

    Parameters
    ----------
    default : object, optional
        As a scenario would write it, with its unit; the setting is required if absent.
    **described
        As for `pydantic.Field`: ``description``, ``alias`` (its key in a scenario), ``gt``, ``ge``, ``lt``, ``le``, ….
    """
    return Field(default, **described)


class Visit(NamedTuple):
    """What a stage may know of a request.

    Attributes
    ----------
    request : Request
        As the proxy received it.
    peer_ip : str
        Address of the peer that sent it.
    client_ip : str
        Address of the client: the peer's, unless the peer is a trusted proxy that names its client.
    now_s : float
        Seconds since the scenario's start.
    draws : Draws
        The request's random numbers, drawn before the run.
    """

    request: Request
    peer_ip: str
    client_ip: str
    now_s: float
    draws: Draws


class Attempt(NamedTuple):
    """One attempt to get a response from a member of a pool.

    Attributes
    ----------
    number : int
        0 for the first attempt at a request.
    member : str
        Name of the node to which the request was sent.
    status : int
        Status code of the response; 0 if the attempt was abandoned before there was one.
    error : str
        Error type of RFC 9209 section 2.3; empty without an error.
    started_s, ended_s : float
        Begin and end, in seconds since the scenario's start.
    """

    number: int
    member: str
    status: int
    error: str
    started_s: float
    ended_s: float


make_visit: Callable[[tuple[Request, str, str, float, Draws]], Visit] = partial(tuple.__new__, Visit)
make_attempt: Callable[[tuple[int, str, int, str, float, float]], Attempt] = partial(tuple.__new__, Attempt)
"""The same from one plain tuple, in a third of the time: every request that goes onward makes both."""


class Stage:
    """Base class of all stages.

    A subclass annotates its settings, and may set up its state in `start`.

    Parameters
    ----------
    settings : Settings, optional
        Checked settings, as a scenario holds them.
    **values
        In place of `settings`: values as a scenario writes them.

    Raises
    ------
    pydantic.ValidationError
        If a value is not allowed.

    Examples
    --------
    >>> class Quota(Stage):
    ...     "Quota: a greatest number of requests."
    ...     most: int = 10
    ...     def start(self) -> None:
    ...         self.seen = 0
    >>> Quota(most=3).most, Quota().most, Quota().seen
    (3, 10, 0)
    """

    def __init__(self, settings: Settings | None = None, /, **values: Any) -> None:
        held = type(self).settings().model_validate(values) if settings is None else settings
        vars(self).update({name: value for name, value in held if name != "kind"})
        self.start()

    def start(self) -> None:
        """Set up the state of a run; called when the settings are set."""

    @classmethod
    def settings(cls, kind: str = "") -> type[Settings]:
        """Return the model of the class's settings, whose `kind` is restricted to a name if one is given."""
        return _settings_of(cast("Any", cls), kind)

    @classmethod
    def sentence(cls) -> str:
        """Return the first line of the docstring: the stage's description in documents and diagrams."""
        return (cls.__doc__ or "").strip().splitlines()[0]


@lru_cache(maxsize=1024)
def _settings_of(cls: type[Any], kind: str) -> type[Settings]:
    """Return a model with the annotated fields of a class."""
    hints = typing.get_type_hints(cls, include_extras=True)
    fields: dict[str, Any] = {
        name: (hint, getattr(cls, name, ...)) for name, hint in hints.items() if typing.get_origin(hint) is not ClassVar
    }
    known: Any = typing.Literal[kind] if kind else str
    name = f"{cls.__name__}Settings"
    model = create_model(name, __base__=Settings, __doc__=cls.sentence(), kind=(known, kind), **fields)
    model.stage = cls
    return model


def _unpickled(cls: type[Stage], kind: str, values: dict[str, Any]) -> Settings:
    """Return settings with values that were checked before they were pickled."""
    return cls.settings(kind).model_construct(**values)


S = typing.TypeVar("S", bound=Stage)


class StageRegistry(Registry[S]):
    """The stages of one kind, by name, with the models of their settings."""

    def models(self) -> dict[str, type[Settings]]:
        """Return the model of each stage's settings, by name."""
        return {name: cls.settings(name) for name, cls in self.classes.items()}

    def read(self, value: object) -> Settings:
        """Return checked settings from a scenario's value: a stage's name, or a mapping with a ``kind``.

        Raises
        ------
        UnknownPolicyError
            If no stage has that name, or the value is neither a name nor a mapping.
        pydantic.ValidationError
            If values of settings are not allowed, each with its path.
        """
        if isinstance(value, Settings) and value.stage in self.classes.values():
            return value
        said = {"kind": value} if isinstance(value, str) else value
        kind = said.get("kind") if isinstance(said, dict) else None
        if not isinstance(kind, str):
            raise UnknownPolicyError(
                f"must name a known {self.kind}, or be a mapping with its 'kind': {', '.join(self.names)}"
            )
        return self.models()[self.require(kind)].model_validate(said)

    def start(self, settings: Settings) -> S:
        """Return a stage with these settings and state of its own."""
        return cast("S", settings.stage(settings))
