"""The numbered steps of each role, in the textbook's order and words.

The same numbers are used in the trace, in the comments of the nodes' code, in the ladder diagram and in the documents;
``sim.trace.schema.STEP_TEXTS`` has a sentence for each step.
"""

from __future__ import annotations

from enum import IntEnum


class ClientStep(IntEnum):
    """The steps of a client."""

    SEND = 1
    RECEIVE = 2


class ForwardStep(IntEnum):
    """The seven steps of a forward proxy; the first is done when the scenario is built."""

    CONFIGURE = 1
    RECEIVE = 2
    LOOK_UP = 3
    FORWARD = 4
    ANSWERED = 5
    STORE = 6
    RESPOND = 7


class ReverseStep(IntEnum):
    """The six steps of a reverse proxy."""

    RECEIVE = 1
    CHOOSE = 2
    FORWARD = 3
    ANSWERED = 4
    STORE = 5
    RESPOND = 6


class BackendStep(IntEnum):
    """The steps of a backend."""

    RECEIVE = 1
    RESPOND = 2


ROLES: dict[type[IntEnum], str] = {
    ClientStep: "client",
    ForwardStep: "forward_proxy",
    ReverseStep: "reverse_proxy",
    BackendStep: "backend",
}
