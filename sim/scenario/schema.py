"""The settings of a scenario, as frozen models with SI units in the names.

A file has human units and short keys (``delay: 20 ms``); a model holds seconds, bytes and bytes per second in fields
with the unit in their names (``delay_s``).  Each field's ``alias`` is its key in the file.  What no single model can
see (unknown nodes, loops, unreachable nodes) is checked in ``checks``; ``load`` reads YAML.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sim.policies import admission, balancing, guards, resilience, routing, transforms
from sim.policies.replacement import registry as replacement_policies
from sim.policies.stage import Settings
from sim.rules.client_address import ListMode, ValueMode
from sim.scenario import identity
from sim.scenario.distributions import Arrivals, Popularity, ServiceDemand, Size
from sim.scenario.presets import PRESETS, Preset, PresetName
from sim.scenario.product_defaults import ProductName, with_product_defaults
from sim.scenario.stages import StageOf
from sim.units import (
    Address,
    AddressBlock,
    Bytes,
    BytesPerSecond,
    CacheCapacity,
    Seconds,
)

ShortToken = Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]*$", max_length=64)]
TlsVersion = Literal["1.2", "1.3"]
ProxyProtocol = Literal["v1", "v2"]
Admission = Annotated[Settings, StageOf(admission.registry)]
Balancing = Annotated[Settings, StageOf(balancing.registry)]
Guards = tuple[Annotated[Settings, StageOf(guards.registry)], ...]
Resilience = tuple[Annotated[Settings, StageOf(resilience.registry)], ...]
Routing = tuple[Annotated[Settings, StageOf(routing.registry)], ...]
Transforms = tuple[Annotated[Settings, StageOf(transforms.registry)], ...]
NodeName = Annotated[str, Field(pattern=r"^[^\s.][^.]*$", max_length=64)]


class Model(BaseModel):
    """Base of all scenario models: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _one_of(names: Callable[[], tuple[str, ...]]) -> Callable[[dict[str, Any]], None]:
    """Return an extension of a JSON Schema with the names registered when it is made, users' own policies included."""
    return lambda schema: schema.update(enum=list(names()))


def _as_list(value: object) -> object:
    """Return a single name as a list of one."""
    return (value,) if isinstance(value, str) else value


def _as_version(value: object) -> object:
    """Return a version as text, for without quotes YAML reads it as a number."""
    return str(value) if isinstance(value, float) else value


class Cache(Model):
    """A store of responses inside a proxy."""

    capacity: CacheCapacity = Field(description="How much it holds: '64 MiB', or '1000 objects'.")
    replacement: Annotated[str, AfterValidator(replacement_policies.require)] = Field(
        "lru",
        description="Which stored response is evicted when room is needed.",
        json_schema_extra=_one_of(lambda: replacement_policies.names),
    )
    admission: Admission = Field(
        "always", validate_default=True, description="Which responses it stores, of those that it may store."
    )
    shared: bool = Field(
        True,
        description="Whether it serves more than one user (RFC 9111 section 1.1); private responses are not for it.",
    )
    heuristic_ratio: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Heuristic freshness lifetime of a response without an explicit one, as a share of the time since "
        "its Last-Modified (RFC 9111 section 4.2.2).",
    )
    collapse: bool = Field(
        False, description="Whether a request waits for the response to an equal one in flight (RFC 9111 section 4)."
    )
    collapse_timeout_s: Seconds = Field(
        "5 s",
        validate_default=True,
        alias="collapse_timeout",
        description="A request that waits for the response to another one is forwarded after this.",
    )
    targeted: bool = Field(
        False, description="Whether it obeys CDN-Cache-Control in place of Cache-Control (RFC 9213)."
    )
    cautious: bool = Field(
        False,
        description="Whether a response with a malformed or repeated Age is stale; else the first value is used, and a "
        "malformed one ignored (RFC 9111 section 5.1).",
    )


class Connections(Model):
    """How a node opens, keeps and closes TCP connections."""

    handshake: bool = Field(True, description="Whether a new connection costs a TCP handshake (one round trip).")
    keep_alive: bool = Field(True, description="Whether an idle connection is kept for the next request.")
    max_idle: int = Field(
        64, ge=0, le=1_000_000, description="Idle connections kept to one next node (and per client)."
    )
    idle_timeout_s: Seconds = Field(
        "60 s",
        validate_default=True,
        alias="idle_timeout",
        description="An idle connection is closed after this; the shorter side decides.",
    )


class Client(Model):
    """A population of clients with the same behaviour."""

    role: Literal["client"]
    count: int = Field(1, ge=1, le=10_000_000, description="Number of clients.")
    site: str = Field("", description="Its place; nodes of one site are drawn together.")
    addresses: AddressBlock = Field("10.0.0.0/8", description="Block from which each client gets its own address.")
    proxy: NodeName | None = Field(None, description="The forward proxy that these clients are configured with.")
    arrivals: Arrivals = Field(description="When requests are issued, by all clients of the population together.")
    content: tuple[str, ...] | None = Field(None, description="The content classes that they request; all if absent.")
    connections: Connections = Field(Connections(), description="Its TCP connections.")
    response_timeout_s: Seconds | None = Field(
        None, alias="response_timeout", description="A client gives up after this; never if absent."
    )


class Proxy(Model):
    """What forward and reverse proxies have in common."""

    address: Address = Field(description="The address at which it is reached.")
    outbound_address: Address | None = Field(
        None, description="The address from which it opens connections; the same as 'address' if absent."
    )
    site: str = Field("", description="Its place; nodes of one site are drawn together.")
    cache: Cache | None = Field(None, description="Its cache; none if absent.")
    connections: Connections = Field(Connections(), description="Its TCP connections.")
    like: ProductName | None = Field(
        None, description="Product whose defaults for header fields it has; its own settings win."
    )
    forwarded: ListMode = Field("off", description="What it does with Forwarded (RFC 7239).")
    x_real_ip: ValueMode = Field(
        "off", description="What it does with X-Real-IP; 'replace' writes the client's address."
    )
    x_forwarded_proto: ValueMode = Field(
        "off", description="What it does with X-Forwarded-Proto; 'replace' writes the scheme as received."
    )
    x_forwarded_host: ValueMode = Field(
        "off", description="What it does with X-Forwarded-Host; 'replace' writes the host as received."
    )
    trusted_proxies: tuple[AddressBlock, ...] = Field(
        (), description="Blocks of addresses of proxies whose statements on the client it believes; none by default."
    )
    proxy_protocol: ProxyProtocol | None = Field(
        None,
        description="Version of the PROXY header that it sends at the beginning of each connection, with the client's "
        "address: from the PROXY header of a trusted proxy, else its peer's; no header if absent.",
    )
    via: bool = Field(
        True, description="Whether it appends itself to Via of requests and responses (RFC 9110 section 7.6.3)."
    )
    via_comment: ShortToken = Field("", description="Comment after its name in Via, such as a product's name.")
    server: ShortToken = Field(
        "", description="Value of Server that it writes into all responses; the backend's is forwarded if absent."
    )
    service_demand_s: Seconds = Field(
        "0 s",
        validate_default=True,
        alias="service_demand",
        description="A worker's time for each request, before the cache is looked up.",
    )
    workers: int = Field(
        1,
        ge=1,
        le=100_000,
        description="Requests worked on at once; without effect where neither service_demand nor transforms take time.",
    )
    response_timeout_s: Seconds | None = Field(
        None,
        alias="response_timeout",
        description="504 Gateway Timeout if the next node takes longer; never if absent.",
    )
    guards: Guards = Field(
        (), description="Stages that may refuse or delay a request before the cache is looked up, in this order."
    )
    resilience: Resilience = Field((), description="Stages that act when a next node fails.")
    transforms: Transforms = Field((), description="Stages that change responses, in this order.")

    @property
    def stages(self) -> tuple[Settings, ...]:
        """All its stages that may appear among the steps of a request."""
        return (*self.guards, *self.resilience, *self.transforms)

    @property
    def has_work(self) -> bool:
        """Whether anything that it does takes time at its workers."""
        return bool(self.service_demand_s or self.transforms)

    @model_validator(mode="before")
    @classmethod
    def _be_like(cls, data: Any) -> Any:
        return with_product_defaults(data, cls.model_fields)


class ForwardProxy(Proxy):
    """A proxy that clients are configured to use, and that hides them from the servers."""

    role: Literal["forward_proxy"]
    upstream: NodeName | None = Field(None, description="Another forward proxy, to which it forwards all requests.")
    forwarded_for: ListMode = Field("delete", description="What it does with X-Forwarded-For.")


class Pool(Model):
    """A group of next nodes, one of which gets a request."""

    backends: tuple[NodeName, ...] = Field(
        min_length=1, description="The nodes it forwards to: backends, or further reverse proxies."
    )
    balancing: Balancing = Field(
        "round_robin",
        validate_default=True,
        description="How one of them is chosen; as 'balancing' of the node if absent.",
    )

    def balanced_by(self, policy: Settings) -> Pool:
        """Return the pool with a balancing policy, if it has none of its own."""
        return self if "balancing" in self.model_fields_set else self.model_copy(update={"balancing": policy})


class ReverseProxy(Proxy):
    """A proxy that acts on behalf of the servers, and hides them from the clients."""

    role: Literal["reverse_proxy"]
    backends: tuple[NodeName, ...] = Field(
        (), description="The nodes it forwards to: backends, or further reverse proxies.  One pool; or see 'pools'."
    )
    balancing: Balancing = Field(
        "round_robin", validate_default=True, description="How it chooses one of them for a request."
    )
    pools: dict[NodeName, Pool] = Field(
        {}, description="Several groups of nodes to forward to, in place of 'backends'; 'routing' chooses."
    )
    routing: Routing = Field(
        (), description="Which pool a request goes to: the first rule that names one; else the first pool."
    )
    forwarded_for: ListMode = Field("append", description="What it does with X-Forwarded-For.")
    host: Literal["preserve", "backend"] = Field(
        "preserve", description="The Host that backends receive: the client's, or the name of the group of backends."
    )

    @property
    def groups(self) -> dict[str, Pool]:
        """Its pools by name; the one of `backends` has no name."""
        if not self.pools:
            return {"": Pool.model_construct(backends=self.backends, balancing=self.balancing)}
        return {name: pool.balanced_by(self.balancing) for name, pool in self.pools.items()}

    @property
    def members(self) -> tuple[str, ...]:
        """All nodes that it may forward to, each once, in the order of the scenario."""
        return tuple(dict.fromkeys(member for pool in self.groups.values() for member in pool.backends))


class Backend(Model):
    """The server that owns the content (RFC 9110: origin server): a station of workers with a queue."""

    role: Literal["backend"]
    address: Address = Field(description="The address at which it is reached.")
    site: str = Field("", description="Its place; nodes of one site are drawn together.")
    workers: int = Field(1, ge=1, le=100_000, description="Requests served at once.")
    discipline: Literal["fifo", "processor_sharing"] = Field(
        "fifo", description="First in, first out; or all requests share the workers (processor sharing)."
    )
    queue_capacity: int | None = Field(
        None, ge=0, description="Places in the queue; 503 when all are taken; unlimited if absent."
    )
    speed: float = Field(1.0, gt=0, le=1e6, description="A service demand of 1 s takes 1 s / speed.")
    connections: Connections = Field(Connections(), description="Its TCP connections.")


Node = Annotated[Client | ForwardProxy | ReverseProxy | Backend, Field(discriminator="role")]


class Link(Model):
    """A network path between two nodes, the same in both directions, each direction with its own queue."""

    from_node: NodeName = Field(alias="from", description="One end: the node that opens connections.")
    to_node: NodeName = Field(alias="to", description="The other end.")
    preset: PresetName | None = Field(None, description="Values of a typical network; single values may be overridden.")
    delay_s: Seconds | None = Field(None, alias="delay", description="Propagation delay, one way; 0 s if absent.")
    bandwidth_bytes_per_s: BytesPerSecond | None = Field(
        None, alias="bandwidth", gt=0, description="Messages queue for it; unlimited if absent."
    )
    jitter_s: Seconds | None = Field(
        None, alias="jitter", description="Each message's delay is uniform in delay ± jitter (as in tc-netem)."
    )
    shared: bool | None = Field(
        None, description="Whether all clients of a population share one line; by default each has its own."
    )
    tls: Annotated[TlsVersion, BeforeValidator(_as_version)] | None = Field(
        None, description="Version of TLS on it, '1.2' or '1.3'; plain if absent."
    )

    @property
    def values(self) -> Preset:
        """Delay, bandwidth and jitter: those given, else those of the preset, else those of an ideal link."""
        preset = PRESETS[self.preset] if self.preset else Preset(0.0, inf, 0.0, "An ideal link.")
        return preset._replace(
            delay_s=preset.delay_s if self.delay_s is None else self.delay_s,
            bandwidth_bytes_per_s=self.bandwidth_bytes_per_s or preset.bandwidth_bytes_per_s,
            jitter_s=preset.jitter_s if self.jitter_s is None else self.jitter_s,
        )


class ContentClass(Model):
    """A kind of content: how many objects, how popular, how large, how costly, and how long it may be stored."""

    host: str = Field(description="Host name in the targets.", pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$")
    served_by: Annotated[tuple[NodeName, ...], BeforeValidator(_as_list, json_schema_input_type=str | list[str])] = (
        Field(description="The node that the host name resolves to; of several, each client always uses the same one.")
    )
    objects: int = Field(1000, ge=1, le=100_000_000, description="Number of different objects.")
    share: float = Field(1.0, gt=0, le=1e9, description="Weight of this class among the requests of a client.")
    popularity: Popularity = Field(
        {"kind": "zipf", "exponent": 0.8}, validate_default=True, description="Which object a request is for."
    )
    size: Size = Field("10 KiB", validate_default=True, description="Bytes of a response body.")
    request_size_bytes: Bytes = Field(
        "400 B", validate_default=True, alias="request_size", description="Bytes of a request."
    )
    service_demand: ServiceDemand = Field(
        "0 s", validate_default=True, description="A backend worker's time for one request."
    )
    dynamic: bool = Field(
        False,
        description="Whether each response is generated anew, with its own size; else an object's size never changes.",
    )
    method: Literal["GET", "HEAD", "POST", "PUT", "DELETE"] = Field("GET", description="Method of its requests.")
    entity_tag: bool = Field(
        False,
        description="Whether its responses have an entity tag, with which caches validate stale ones (RFC 9111 section "
        "4.3).",
    )
    cache_control: str | None = Field(
        None, description="The Cache-Control field of its responses; 'max-age=86400' if static, 'no-store' if dynamic."
    )


class Run(Model):
    """How long a run is, and what part of it counts."""

    requests: int | None = Field(None, ge=1, le=100_000_000, description="Number of requests, of all clients together.")
    duration_s: Seconds | None = Field(None, alias="duration", description="No request is issued after this.")
    warm_up_s: Seconds = Field(
        "0 s",
        validate_default=True,
        alias="warm_up",
        description="Requests that arrive before this are left out of the numbers.",
    )


class Scenario(Model):
    """A whole scenario.

    Attributes
    ----------
    hash : str
        12 hexadecimal digits that depend on what is simulated and on nothing else (see ``identity``): two scenarios
        with the same hash are simulated alike.
    """

    name: str = Field("", description="Short name; the file's name if absent.")
    title: str = Field("", description="One line, shown above tables and pictures.")
    description: str = Field("", description="What it shows, in a few sentences.")
    run: Run = Field(description="How long it runs, and what part of it counts.")
    nodes: dict[NodeName, Node] = Field(min_length=2, description="All parties, by name.")
    links: tuple[Link, ...] = Field((), description="Network paths between them.")
    content: dict[NodeName, ContentClass] = Field(default={}, description="Content classes, by name.")

    @property
    def hash(self) -> str:
        """Identity of what is simulated; names, sites and texts for people do not count."""
        return identity.digest(self)
