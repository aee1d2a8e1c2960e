"""The desk on its own: a sandbox for an upstream, people of each role, a reseller's records."""
