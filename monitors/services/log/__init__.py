"""The audit log: writing its chain of events and verifying it."""
