"""HTTP/1.1 on real connections: framing, head checks, pools, TLS and the PROXY header.

It knows messages and rules, but no nodes, no scenario and no trace.
"""
