"""A stand-in for the upstream: a real HTTP server with its own state, for demos and tests."""
