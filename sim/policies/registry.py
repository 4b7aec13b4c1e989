"""Names of policies: one registry for each kind, filled by a decorator.

The registry of a kind is in the package of that kind, whose modules are imported when a name is first looked up.  So a
new policy is one class in one file, and no list of them has to be kept.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Generic, TypeVar

from sim.errors import UnknownPolicyError, nearest

T = TypeVar("T")


class Registry(Generic[T]):
    """The policies of one kind, by name.

    Parameters
    ----------
    kind : str
        Name of the kind in error messages, such as ``"replacement policy"``.
    package : str
        The package whose modules register classes; empty if no modules are to be imported.

    Examples
    --------
    >>> greetings: Registry[object] = Registry("greeting")
    >>> @greetings.register("plain")
    ... class Plain:
    ...     "Plain greeting."
    >>> greetings.names
    ('plain',)
    >>> greetings.describe()
    {'plain': 'Plain greeting.'}
    >>> type(greetings.make("plain")).__name__
    'Plain'
    """

    def __init__(self, kind: str, package: str = "") -> None:
        self.kind = kind
        self._package = package
        self._found: dict[str, type[T]] = {}

    def register(self, name: str) -> Callable[[type[T]], type[T]]:
        """Return a decorator that registers a class under a name.

        Parameters
        ----------
        name : str
            As a scenario writes it.

        Returns
        -------
        callable
            The decorator; it returns the class unchanged.

        Raises
        ------
        ValueError
            If the name is taken, or the class has no docstring to describe it.
        """

        def enter(cls: type[T]) -> type[T]:
            if name in self._found:
                raise ValueError(f"{self.kind} {name!r} is already registered by {self._found[name].__qualname__}")
            if not (cls.__dict__.get("__doc__") or "").strip():
                raise ValueError(f"{self.kind} {name!r} needs a docstring: its first line describes it")
            self._found[name] = cls
            return cls

        return enter

    @property
    def classes(self) -> dict[str, type[T]]:
        """All classes by name, in alphabetical order."""
        if self._package:
            package, self._package = self._package, ""
            try:
                for module in iter_modules(import_module(package).__path__):
                    import_module(f"{package}.{module.name}")
            except BaseException:
                self._package = package  # so that the next look-up fails for the same reason, not for want of names
                raise
        return dict(sorted(self._found.items()))

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in alphabetical order."""
        return tuple(self.classes)

    def require(self, name: str) -> str:
        """Return a name that is registered, as it is.

        Raises
        ------
        UnknownPolicyError
            If it is not registered; the hint is the nearest name.
        """
        known = self.classes
        if name not in known:
            raise UnknownPolicyError(f"unknown {self.kind} {name!r}", hint=nearest(str(name), known))
        return name

    def make(self, name: str, *args: object, **settings: object) -> T:
        """Return a new instance of a policy, which shares no state with others.

        Parameters
        ----------
        name : str
            As a scenario writes it.
        *args, **settings
            Arguments of the class.

        Raises
        ------
        UnknownPolicyError
            If the name is not registered.
        """
        return self.classes[self.require(name)](*args, **settings)

    def describe(self) -> dict[str, str]:
        """Return the first line of each policy's docstring, by name."""
        return {name: (cls.__doc__ or "").strip().splitlines()[0] for name, cls in self.classes.items()}
