"""A state machine: operations, faults, kills, outside changes and old lists in any order (docs/testing.md)."""
