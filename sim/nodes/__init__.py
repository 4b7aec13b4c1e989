"""What each node does with a request, once for all worlds: client, forward proxy, reverse proxy, backend.

To read it in one sitting: ``world`` is what a node may use; ``client`` and ``backend`` are the two ends.  ``proxy`` is
what both kinds of proxy do with a request, in numbered ``steps``.  Its cache is ``lookup``, ``proxy_cache`` and
``settling`` over ``store`` and ``pending_fetches``; its way to the next node is ``onward`` (which one), ``forwarder``
and ``forwarding_terms`` (with which fields) and ``next_hops``.  ``disciplines``, ``line`` and ``pool_terms`` are the
stations, links and connections that the worlds share; ``build`` makes the nodes of a scenario.
"""
