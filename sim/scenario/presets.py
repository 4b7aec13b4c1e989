"""Values that a scenario need not spell out: links of typical networks (``preset: dsl``), and the usual Cache-Control.

The values of links are round ones for teaching, one way and for one user; measure your own network for other uses.
Light in fibre takes about 5 µs for each kilometre.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

PresetName = Literal["lan", "wifi", "dsl", "4g", "cross-country", "cross-continent", "satellite"]


class Preset(NamedTuple):
    """Values of a typical link.

    Attributes
    ----------
    delay_s : float
        Propagation delay, one way, in seconds.
    bandwidth_bytes_per_s : float
        Bandwidth in bytes per second.
    jitter_s : float
        Half the width of the delay's uniform distribution, in seconds.
    reason : str
        Why these values: the network that they stand for.
    """

    delay_s: float
    bandwidth_bytes_per_s: float
    jitter_s: float
    reason: str


PRESETS: Mapping[PresetName, Preset] = MappingProxyType(
    {
        "lan": Preset(0.00025, 125e6, 0.00005, "Gigabit Ethernet in one building: two or three switches, 1 Gbit/s."),
        "wifi": Preset(
            0.002, 12.5e6, 0.001, "One access point, shared air: about 100 Mbit/s and waits for the channel."
        ),
        "dsl": Preset(
            0.012, 6.25e6, 0.002, "VDSL with interleaving: 50 Mbit/s down, 25 ms round trip to the provider."
        ),
        "4g": Preset(0.025, 3.75e6, 0.010, "LTE in a town: 30 Mbit/s, 50 ms round trip, scheduled in frames of 10 ms."),
        "cross-country": Preset(0.020, 125e6, 0.0005, "4,000 km of fibre at 5 µs each, 1 Gbit/s of a good path."),
        "cross-continent": Preset(0.075, 125e6, 0.002, "15,000 km of fibre and sea cable at 5 µs each, 1 Gbit/s."),
        "satellite": Preset(0.270, 2.5e6, 0.010, "Geostationary: 2 times 36,000 km at the speed of light, 20 Mbit/s."),
    }
)
"""All presets by name."""

CACHE_CONTROL: Mapping[bool, str] = MappingProxyType({True: "no-store", False: "max-age=86400"})
"""Cache-Control of a content class that states none, by whether its content is dynamic."""
