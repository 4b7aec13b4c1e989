"""Real products in place of a scenario's proxies: nginx, Squid and HAProxy.

``task`` is what a proxy has to do on this machine; ``nginx``, ``squid`` and ``haproxy`` write it as configurations,
each with a table ``CAN`` of the settings it can be told (``capabilities``); ``program`` holds the commands that start
them.  What a scenario sets and a product cannot be told becomes a note with the path of the setting.
"""

from sim.products.draft import Configuration
from sim.products.program import PROGRAMS, Product, product
from sim.products.syntax import Place

__all__ = ["PROGRAMS", "Configuration", "Place", "Product", "product"]
