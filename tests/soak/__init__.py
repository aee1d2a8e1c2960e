"""The whole product as real processes on PostgreSQL, for as long as one likes (`make soak`)."""
