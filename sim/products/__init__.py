"""Real products in place of a scenario's proxies: nginx, Squid and HAProxy.

``task`` says what a proxy has to do on this machine, ``nginx``, ``squid`` and ``haproxy`` write it down in the words of
each product, and ``program`` starts one and stops it again.  What a product cannot be told is said, not skipped.
"""

from sim.products.program import PROGRAMS, Product, product
from sim.products.task import Configuration, Place

__all__ = ["PROGRAMS", "Configuration", "Place", "Product", "product"]
