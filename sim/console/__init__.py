"""What a terminal shows: tables, progress, remarks.

Beside ``cli`` (DESIGN.md knows only that file) so that the commands stay a page of plain calls.  Results go to
standard output, everything about them to standard error, so that a pipe gets the results alone.
"""
