"""Proxies in the foreground: the same nodes as in a scenario, for real clients."""
