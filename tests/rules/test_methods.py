from sim.rules.methods import IDEMPOTENT


def test_idempotent_methods_are_those_of_the_rfc():
    """RFC 9110 section 9.2.2: "PUT, DELETE, and safe request methods are idempotent"; 9.2.1 names the safe ones."""
    assert {"PUT", "DELETE"} | {"GET", "HEAD", "OPTIONS", "TRACE"} == IDEMPOTENT
