"""Limits that the API's page and both databases set; every layer reads them here."""

MAX_NAME = 255  # characters; monitor_records.md, create, row "name"
MAX_FREQUENCY = 2**63 - 1  # the largest that both databases hold
