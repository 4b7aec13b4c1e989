"""Policies in small stories: who leaves a cache, and visits for stages."""

from __future__ import annotations

from sim.messages import Draws, Request
from sim.policies import replacement
from sim.policies.stage import Visit

PEER = "192.0.2.1"


def victims(name: str, story: str) -> str:
    """Who leaves, in order: lower case inserts, upper case uses, ``-x`` removes, ``!`` evicts."""
    policy = replacement.registry.make(name)
    left = []
    letters = iter(story)
    for letter in letters:
        if letter == "!":
            left.append(policy.victim())
            policy.on_remove(left[-1])
        elif letter == "-":
            policy.on_remove(next(letters))
        elif letter.isupper():
            policy.on_hit(letter.lower())
        else:
            policy.on_insert(letter, 1)
    return "".join(left)


def visit(target="http://a.example/", *, method="GET", fields=(), peer_ip=PEER, client_ip="", now_s=0.0, **draws):
    """A visit of a request for a target."""
    host = target.partition("://")[2].partition("/")[0]
    thrown = Draws(**draws)
    return Visit(Request(0, method, target, host, fields, draws=thrown), peer_ip, client_ip or peer_ip, now_s, thrown)
