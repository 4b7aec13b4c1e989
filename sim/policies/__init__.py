"""The student's door: decisions with a choice in them, one registry per kind.

To try an idea of your own, write one small class and register it; its name then works in scenarios, on the
command line and in the law-books under ``tests/contracts``.  ``replacement`` says what leaves a full cache,
``balancing`` picks a backend.  Policies see no clock and throw no dice: whatever chance they need comes with
the request.
"""
