"""Names of policies: one registry per kind, filled by a decorator.

A registry lives beside the classes that it names, so that a new policy is one class in one file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from sim.errors import UnknownPolicyError, nearest

T = TypeVar("T")


class Registry(Generic[T]):
    """The policies of one kind, by name.

    Parameters
    ----------
    kind : str
        What they are, for messages, such as ``"replacement policy"``.

    Examples
    --------
    >>> greetings: Registry[object] = Registry("greeting")
    >>> @greetings.register("plain")
    ... class Plain:
    ...     "Says hello."
    >>> greetings.names
    ('plain',)
    >>> greetings.describe()
    {'plain': 'Says hello.'}
    >>> type(greetings.make("plain")).__name__
    'Plain'
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._classes: dict[str, type[T]] = {}

    def register(self, name: str) -> Callable[[type[T]], type[T]]:
        """Decorate a class so that it is known under a name.

        Parameters
        ----------
        name : str
            The name, as a scenario will spell it.

        Returns
        -------
        callable
            The decorator; it gives the class back unchanged.

        Raises
        ------
        ValueError
            If the name is taken, or the class has no docstring to describe it.
        """

        def enter(cls: type[T]) -> type[T]:
            if name in self._classes:
                raise ValueError(f"{self.kind} {name!r} is already registered by {self._classes[name].__qualname__}")
            if not (cls.__dict__.get("__doc__") or "").strip():
                raise ValueError(f"{self.kind} {name!r} needs a docstring: its first line describes it")
            self._classes[name] = cls
            return cls

        return enter

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in alphabetical order."""
        return tuple(sorted(self._classes))

    def require(self, name: str) -> str:
        """Check that a name is known.

        Parameters
        ----------
        name : str
            The name that a user wrote.

        Returns
        -------
        str
            The same name.

        Raises
        ------
        UnknownPolicyError
            If it is not known; the hint tells the nearest name.
        """
        if name not in self._classes:
            raise UnknownPolicyError(f"unknown {self.kind} {name!r}", hint=nearest(str(name), self._classes))
        return name

    def make(self, name: str, *args: object) -> T:
        """Make a policy.

        Parameters
        ----------
        name : str
            Its name.
        *args
            What policies of this kind take.

        Returns
        -------
        T
            A new policy with no memory of any other.

        Raises
        ------
        UnknownPolicyError
            If the name is not known.
        """
        return self._classes[self.require(name)](*args)

    def describe(self) -> dict[str, str]:
        """Say in one line what each policy does.

        Returns
        -------
        dict of str to str
            First line of the docstring, by name.
        """
        return {name: (self._classes[name].__doc__ or "").strip().splitlines()[0] for name in self.names}
