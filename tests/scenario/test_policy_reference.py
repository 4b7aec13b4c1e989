"""The reference of policies follows the registries, and names every key at which a policy may be written."""

from sim.policies.guards import Guard, registry
from sim.policies.stage import setting
from sim.scenario import schema
from sim.scenario.policy_reference import REGISTRIES, policies
from sim.scenario.stages import StageOf
from sim.units import Seconds
from tests.support.registered import forgetting


def test_every_policy_has_a_sentence_and_every_setting_a_meaning():
    found = list(policies())
    assert {policy.key for policy in found} == set(REGISTRIES)
    assert all(policy.sentence.endswith(".") for policy in found)
    assert all(one.meaning for policy in found for one in policy.settings)


def test_a_new_policy_is_in_it_with_its_keys_and_defaults(monkeypatch):
    forgetting(monkeypatch)

    @registry.register("nap")
    class Nap(Guard):
        """Nap: sleeps."""

        length_s: Seconds = setting("2 s", alias="length", description="How long.")
        names: tuple[str, ...] = setting(("a", "b"), description="Of what.")
        size: int = setting(description="How large.")

    (nap,) = [policy for policy in policies() if policy.name == "nap"]
    assert (nap.key, nap.sentence) == ("guards", "Nap: sleeps.")
    assert nap.settings == (
        ("length", "2 s", "How long."),
        ("names", "[a, b]", "Of what."),
        ("size", "required", "How large."),
    )


def test_every_key_of_a_scenario_that_takes_a_stage_is_there():
    def takes_stages(field):
        parts = (field.annotation, *field.metadata)
        return any(isinstance(part, StageOf) or "StageOf" in str(part) for part in parts)

    proxies = {name for name, field in schema.ReverseProxy.model_fields.items() if takes_stages(field)}
    cache = {f"cache.{name}" for name, field in schema.Cache.model_fields.items() if takes_stages(field)}
    assert proxies | cache | {"cache.replacement"} == set(REGISTRIES)
