"""The way out: the gateway as services use it, the throttle before it, the call as people read it."""
