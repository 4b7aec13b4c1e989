"""Real products in place of a scenario's proxies: nginx, Squid and HAProxy.

``task`` is what a proxy has to do on this machine; ``nginx``, ``squid`` and ``haproxy`` write it in the words of each
product; ``program`` holds the commands that start them.  Settings that a product has no words for are reported.
"""

from sim.products.program import PROGRAMS, Product, product
from sim.products.task import Configuration, Place

__all__ = ["PROGRAMS", "Configuration", "Place", "Product", "product"]
