"""Policies that are known for one test only."""

from __future__ import annotations

from sim.policies import admission, balancing, guards, replacement, resilience, routing, transforms

KINDS = (admission, balancing, guards, replacement, resilience, routing, transforms)


def forgetting(monkeypatch):
    """Let all registries forget at the end of a test what is registered in it."""
    for kind in KINDS:
        monkeypatch.setattr(kind.registry, "_found", dict(kind.registry.classes))


def run_module(source, name, folder, monkeypatch):
    """Write a module to a folder and import it, as a student's file beside the others would be."""
    (folder / f"{name}.py").write_text(source, "utf-8")
    monkeypatch.syspath_prepend(str(folder))
    return __import__(name)
