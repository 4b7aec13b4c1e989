"""Traces in the formats of others: HAR, Perfetto, OpenTelemetry, Mermaid, GraphML, access logs.

Everything is written from the trace alone, so that simulated runs, the lab's and those of real products look alike.
"""

from sim.exports.formats import FORMATS, export

__all__ = ["FORMATS", "export"]
