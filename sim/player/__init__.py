"""The player: a trace as a moving picture, in the browser, in a notebook, without a network.

``storyboard`` turns a trace into plain data, ``page`` puts that and the program in ``static`` into one file, and
``widget`` shows the same in Jupyter.  The player knows only the trace: simulated ones, those of the lab and those
of real products play alike.
"""
