"""Tiers: each role to the right of the one before, and chains of one role spread out."""

from __future__ import annotations

import networkx as nx

from sim.scenario.drawing_order import drawing_columns


def graph(roles, *edges):
    made = nx.DiGraph()
    for name, role in roles.items():
        made.add_node(name, role=role)
    made.add_edges_from(edges)
    return made


def test_a_chain_of_proxies_takes_a_column_each():
    roles = {"c": "client", "p": "forward_proxy", "q": "forward_proxy", "b": "backend"}
    assert drawing_columns(graph(roles, ("c", "p"), ("p", "q"), ("q", "b"))) == {"c": 0, "p": 1, "q": 2, "b": 3}


def test_no_node_stands_left_of_an_earlier_role():
    roles = {"b": "backend", "c": "client", "g": "reverse_proxy"}
    assert drawing_columns(graph(roles, ("c", "g"), ("g", "b"), ("c", "b"))) == {"b": 2, "c": 0, "g": 1}
