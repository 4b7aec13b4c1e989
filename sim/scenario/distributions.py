"""The random quantities that a scenario may name: arrivals, popularity, sizes and service demands.

These models hold parameters only; ``sim.workload`` draws from the distributions.  Each is a mapping with a ``kind``;
a bare quantity (``20 ms``, ``10 KiB``) is short for the fixed or deterministic kind.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, field_serializer, model_validator

from sim.errors import UnitError, nearest
from sim.units import RATE, Bytes, PerSecond, Seconds


class Distribution(BaseModel):
    """Base of all distributions: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]

# --- durations and sizes ----------------------------------------------------------------------------------


class FixedTime(Distribution):
    """Always the same time."""

    kind: Literal["deterministic"]
    mean_s: Seconds = Field(alias="mean", description="The time.")


class ExponentialTime(Distribution):
    """Exponential: memoryless."""

    kind: Literal["exponential"]
    mean_s: Seconds = Field(alias="mean", gt=0, description="Mean time.")


class ErlangTime(Distribution):
    """Erlang: the sum of k exponential stages, less variable than one exponential."""

    kind: Literal["erlang"]
    mean_s: Seconds = Field(alias="mean", gt=0, description="Mean of the whole.")
    stages: int = Field(ge=1, le=10_000, description="Number of stages k; the squared coefficient of variation is 1/k.")


class LognormalTime(Distribution):
    """Lognormal: many short, few long."""

    kind: Literal["lognormal"]
    mean_s: Seconds = Field(alias="mean", gt=0, description="Mean time (not the mean of the logarithm).")
    sigma: float = Field(gt=0, le=10, description="Standard deviation of the natural logarithm.")


class ParetoTime(Distribution):
    """Pareto: heavy-tailed."""

    kind: Literal["pareto"]
    mean_s: Seconds = Field(alias="mean", gt=0, description="Mean time.")
    shape: float = Field(
        gt=1, le=100, description="Tail index alpha; the mean needs more than 1, the variance more than 2."
    )


class EmpiricalTime(Distribution):
    """Drawn from given values, equally likely or weighted."""

    kind: Literal["empirical"]
    values_s: tuple[Seconds, ...] = Field(alias="values", min_length=1, description="The times.")
    weights: tuple[Weight, ...] | None = Field(None, description="Their weights; equal if absent.")

    @model_validator(mode="after")
    def _weights_fit(self) -> Self:
        _check_weights(self.weights, len(self.values_s))
        return self


class FixedSize(Distribution):
    """Always the same size."""

    kind: Literal["fixed"]
    mean_bytes: Bytes = Field(alias="mean", description="The size.")


class LognormalSize(Distribution):
    """Lognormal: the body of most measured web object sizes."""

    kind: Literal["lognormal"]
    mean_bytes: Bytes = Field(alias="mean", gt=0, description="Mean size (not the mean of the logarithm).")
    sigma: float = Field(gt=0, le=10, description="Standard deviation of the natural logarithm.")


class ParetoSize(Distribution):
    """Pareto: the tail of most measured web object sizes."""

    kind: Literal["pareto"]
    mean_bytes: Bytes = Field(alias="mean", gt=0, description="Mean size.")
    shape: float = Field(gt=1, le=100, description="Tail index alpha; the mean needs more than 1.")


class EmpiricalSize(Distribution):
    """Drawn from given values, equally likely or weighted."""

    kind: Literal["empirical"]
    values_bytes: tuple[Bytes, ...] = Field(alias="values", min_length=1, description="The sizes.")
    weights: tuple[Weight, ...] | None = Field(None, description="Their weights; equal if absent.")

    @model_validator(mode="after")
    def _weights_fit(self) -> Self:
        _check_weights(self.weights, len(self.values_bytes))
        return self


def _check_weights(weights: tuple[float, ...] | None, count: int) -> None:
    if weights is not None and len(weights) != count:
        raise ValueError(f"there are {len(weights)} weights for {count} values; there must be one for each")
    if weights is not None and not 0 < sum(weights) < inf:
        raise ValueError("the sum of the weights must be greater than 0")


def _short_for(kind: str) -> Callable[[object], object]:
    """Return a validator that turns a bare quantity into the constant distribution of that kind."""
    return lambda value: value if isinstance(value, dict | BaseModel) else {"kind": kind, "mean": value}


_AnyTime = Annotated[
    FixedTime | ExponentialTime | ErlangTime | LognormalTime | ParetoTime | EmpiricalTime, Field(discriminator="kind")
]
_AnySize = Annotated[FixedSize | LognormalSize | ParetoSize | EmpiricalSize, Field(discriminator="kind")]

ServiceDemand = Annotated[
    _AnyTime, BeforeValidator(_short_for("deterministic"), json_schema_input_type=_AnyTime | Seconds)
]
Size = Annotated[_AnySize, BeforeValidator(_short_for("fixed"), json_schema_input_type=_AnySize | Bytes)]

# --- popularity -------------------------------------------------------------------------------------------


class _Popularity(Distribution):
    locality: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Probability that a request repeats a recent target instead of an independent draw; "
        "independent draws alone (0) understate the hit ratios of small caches.",
    )
    locality_window: int = Field(
        1000,
        ge=1,
        le=10_000_000,
        description="How many requests back a repetition may reach (log-uniform: recent ones are likelier).",
    )


class Zipf(_Popularity):
    """The object of rank r is asked for in proportion to r to the power of -exponent."""

    kind: Literal["zipf"]
    exponent: float = Field(0.8, ge=0, le=10, description="0 is uniform; web traffic shows 0.6 to 1.")


class Uniform(_Popularity):
    """All objects are equally popular."""

    kind: Literal["uniform"]


class Weighted(_Popularity):
    """Given weights, one for each object."""

    kind: Literal["weighted"]
    weights: tuple[Weight, ...] = Field(min_length=1, description="One weight for each object.")

    @model_validator(mode="after")
    def _weights_fit(self) -> Self:
        _check_weights(self.weights, len(self.weights))
        return self


Popularity = Annotated[Zipf | Uniform | Weighted, Field(discriminator="kind")]

# --- arrivals: the rate is that of the whole population ---------------------------------------------------


class Poisson(Distribution):
    """Independent arrivals at a constant rate (exponential gaps)."""

    kind: Literal["poisson"]
    rate_per_s: PerSecond = Field(alias="rate", gt=0, description="Mean rate of the whole population.")


class Deterministic(Distribution):
    """Arrivals at equal gaps, the first one gap after the start."""

    kind: Literal["deterministic"]
    rate_per_s: PerSecond = Field(alias="rate", gt=0, description="Rate of the whole population.")


class RatePoint(Distribution):
    """The arrival rate from a point in time on."""

    at_s: Seconds = Field(alias="at", description="Time since the start.")
    rate_per_s: PerSecond = Field(alias="rate", description="Rate at that time; '0/s' for silence.")


class Piecewise(Distribution):
    """Poisson arrivals whose rate follows given points: ramps between them, or steps at them (spikes)."""

    kind: Literal["piecewise"]
    points: tuple[RatePoint, ...] = Field(min_length=1, description="In order of time; the last rate stays.")
    shape: Literal["ramps", "steps"] = Field("ramps", description="Linear between points, or constant up to the next.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        times = [point.at_s for point in self.points]
        if any(later <= earlier for earlier, later in pairwise(times)):
            raise ValueError("each point must be later than the one before")
        if not any(point.rate_per_s for point in self.points):
            raise ValueError("the rate of at least one point must be greater than 0")
        return self


class MMPP(Distribution):
    """Bursty arrivals: a Poisson process whose rate switches between two states (Markov-modulated)."""

    kind: Literal["mmpp"]
    quiet_rate_per_s: PerSecond = Field(alias="quiet_rate", description="Rate in the quiet state.")
    burst_rate_per_s: PerSecond = Field(alias="burst_rate", description="Rate in the burst state.")
    quiet_time_s: Seconds = Field(alias="quiet_time", gt=0, description="Mean stay in the quiet state.")
    burst_time_s: Seconds = Field(alias="burst_time", gt=0, description="Mean stay in the burst state.")

    @model_validator(mode="after")
    def _not_silent(self) -> Self:
        if not self.quiet_rate_per_s + self.burst_rate_per_s:
            raise ValueError("the rate of at least one state must be greater than 0")
        return self


class Sessions(Distribution):
    """Closed workload: each client issues a request, waits for its response, thinks, and issues the next one."""

    kind: Literal["sessions"]
    think: ServiceDemand = Field(description="Think time between a response and the next request.")


def _pace(value: object) -> object:
    if value in ("recorded", "as_fast_as_possible"):
        return value
    if isinstance(value, str) and not any(letter.isdigit() for letter in value):
        hint = nearest(value, ["recorded", "as_fast_as_possible"])
        raise UnitError(
            f"{value!r} is not a pace: write 'recorded', 'as_fast_as_possible' or a rate such as '50/s'", hint=hint
        )
    if not (rate_per_s := RATE.parse(value)):
        raise UnitError("the rate of a replay must be greater than 0")
    return rate_per_s


Pace = Annotated[
    Literal["recorded", "as_fast_as_possible"] | float,
    BeforeValidator(_pace),
    WithJsonSchema({"anyOf": [{"enum": ["recorded", "as_fast_as_possible"]}, RATE.json_schema()]}),
]


class AccessLog(Distribution):
    """Requests of a recorded access log."""

    kind: Literal["access_log"]
    file: str = Field(description="Path of the log, relative to the scenario's file; .gz is read too.")
    format: Literal["auto", "common", "combined", "squid", "csv"] = Field("auto", description="Format of its lines.")
    pace: Pace = Field(
        "recorded",
        description="In recorded time; at a rate such as '50/s'; or each request when the one before is complete.",
    )

    @field_serializer("file", when_used="json")
    def _file_name(self, file: str) -> str:
        """Return the name without its folder: the scenario's hash must not depend on where a project lies."""
        return Path(file).name


Arrivals = Annotated[Poisson | Deterministic | Piecewise | MMPP | Sessions | AccessLog, Field(discriminator="kind")]
