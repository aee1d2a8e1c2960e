"""Lists: asking for one, comparing it with the mirror, writing the difference, judging operations by it."""
