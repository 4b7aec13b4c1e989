"""The numbered steps of each role, in the textbook's order and words.

The numbers stand in the trace, in the comments of the nodes' code, in the ladder diagram and in the
documents; ``TEXTS`` says each step in a sentence.
"""

from __future__ import annotations

from enum import IntEnum


class ClientStep(IntEnum):
    """What a client does."""

    SEND = 1
    RECEIVE = 2


class ForwardStep(IntEnum):
    """What happens at a forward proxy, in seven steps; the first is done when the scenario is built."""

    CONFIGURE = 1
    RECEIVE = 2
    LOOK_UP = 3
    FORWARD = 4
    ANSWERED = 5
    STORE = 6
    RESPOND = 7


class ReverseStep(IntEnum):
    """What happens at a reverse proxy, in six steps."""

    RECEIVE = 1
    CHOOSE = 2
    FORWARD = 3
    ANSWERED = 4
    STORE = 5
    RESPOND = 6


class BackendStep(IntEnum):
    """What a backend does."""

    RECEIVE = 1
    RESPOND = 2


TEXTS: dict[IntEnum, str] = {
    ClientStep.SEND: "The client sends its request to its proxy, or to the host itself.",
    ClientStep.RECEIVE: "The client has the whole answer.",
    ForwardStep.CONFIGURE: "The client is configured with the proxy's address and port.",
    ForwardStep.RECEIVE: "The request goes to the proxy.",
    ForwardStep.LOOK_UP: "The proxy looks into its cache.",
    ForwardStep.FORWARD: "It connects to the server and forwards the request.",
    ForwardStep.ANSWERED: "The server answers.",
    ForwardStep.STORE: "The proxy may store the answer.",
    ForwardStep.RESPOND: "The client receives the answer as if from the proxy.",
    ReverseStep.RECEIVE: "The request arrives.",
    ReverseStep.CHOOSE: "The proxy analyses it: its cache answers, or it picks a backend.",
    ReverseStep.FORWARD: "It forwards the request to the backend.",
    ReverseStep.ANSWERED: "The backend answers.",
    ReverseStep.STORE: "The proxy may compress, encrypt or store the answer.",
    ReverseStep.RESPOND: "The client receives the answer as if from the proxy.",
    BackendStep.RECEIVE: "The request arrives and waits for a worker.",
    BackendStep.RESPOND: "A worker is done, and the answer leaves.",
}

ROLES: dict[type[IntEnum], str] = {
    ClientStep: "client",
    ForwardStep: "forward_proxy",
    ReverseStep: "reverse_proxy",
    BackendStep: "backend",
}
