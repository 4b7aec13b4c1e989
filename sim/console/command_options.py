"""A command's options from the fields of a dataclass: name, type, default and help stand in one place only."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import typer

Options = TypeVar("Options")


def takes(options: type[Options]) -> Callable[[Callable[[Options], None]], Callable[..., None]]:
    """Return a command with the fields of its one parameter object as options.

    Parameters
    ----------
    options : type
        A dataclass; each field is annotated with ``OptionHelp(text, metavar, flag)``; an option whose
        field is a tuple may be repeated.

    Returns
    -------
    callable
        Decorator of a function of one such object.

    Examples
    --------
    >>> from sim.serving.proxy_options import ForwardOptions
    >>> @takes(ForwardOptions)
    ... def command(said: ForwardOptions) -> None:
    ...     print(said.listen, said.connect_port)
    >>> command(listen="127.0.0.1:1", connect_port=[443])
    127.0.0.1:1 (443,)
    """
    kinds = get_type_hints(options, include_extras=True)
    signature = inspect.Signature([_parameter(one, kinds[one.name]) for one in fields(options)])  # type: ignore[arg-type]

    def decorate(command: Callable[[Options], None]) -> Callable[..., None]:
        def with_options(**said: Any) -> None:
            given = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
            command(options(**{name: value for name, value in given.items() if value is not None}))

        with_options.__signature__ = signature  # type: ignore[attr-defined]
        with_options.__annotations__ = {name: one.annotation for name, one in signature.parameters.items()}
        with_options.__doc__ = command.__doc__
        with_options.__name__ = command.__name__
        return with_options

    return decorate


def _parameter(one: Field[Any], kind: Any) -> inspect.Parameter:
    plain, said = get_args(kind)
    default = None if one.default is MISSING else one.default
    if get_origin(plain) is tuple:
        plain, default = list[get_args(plain)[0]] | None, None  # type: ignore[misc]
    flag = said.flag or f"--{one.name.replace('_', '-')}"
    option = typer.Option(flag, metavar=said.metavar, help=said.text, show_default=default not in (None, False))
    return inspect.Parameter(
        one.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[plain, option]
    )
