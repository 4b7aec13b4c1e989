"""One page about one run or several: numbers, pictures, tables and player, to be handed in or handed out.

A room of its own above charts, exports and player, which do not know each other (DESIGN.md plans the page, and no
place for it).
"""

from sim.report.document import page, titled

__all__ = ["page", "titled"]
