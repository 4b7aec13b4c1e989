"""What a terminal shows: tables, progress, remarks.

Beside ``cli`` (DESIGN.md knows only that file) so that the commands stay a page of plain calls.  Results go to
standard output, everything about them to standard error, so that a pipe gets the results alone.
"""

from sim.console.output import print_json, print_lines, say
from sim.console.progress import progress
from sim.console.tables import print_comparison, print_frame, print_measures, print_values, print_visibility

__all__ = [
    "print_comparison",
    "print_frame",
    "print_json",
    "print_lines",
    "print_measures",
    "print_values",
    "print_visibility",
    "progress",
    "say",
]
