"""HTTP's rules as pure functions of (message, stored response, now), each citing the section it obeys."""
