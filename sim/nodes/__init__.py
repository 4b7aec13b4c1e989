"""What each party does with a request, once for all worlds: client, forward proxy, reverse proxy, backend."""
