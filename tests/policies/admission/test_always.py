from sim.policies.admission.always import Always


def test_everything_is_taken_in():
    assert all(Always().admits("/a", size_bytes) for size_bytes in (0, 1, 10**12))
