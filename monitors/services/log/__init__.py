"""The drawer of the audit log: writing its chain and verifying it."""
