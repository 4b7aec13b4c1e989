"""The public suite ``http-cache-tests`` against proxies that cache: ``python -m tests.suite --help``."""
