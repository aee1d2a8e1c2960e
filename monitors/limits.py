"""Limits that the API's page, e-mail and both databases set; every layer reads them here."""

MAX_NAME = 255  # characters; monitor_records.md, create, row "name"
MAX_MAILBOX = 254  # characters; what SMTP can carry, RFC 5321
MAX_REASON = 500  # characters
MAX_ADDRESS = 45  # characters; IPv6 that carries IPv4
MAX_NOTE = 500  # characters; what the desk adds to an outcome, a list, an anomaly or a failure
MAX_FREQUENCY = 2**63 - 1  # the largest that both databases hold
MAX_CHANGES = 10_000  # of one plan; ours, as are the next two
MAX_FILE_BYTES = 5 * 1024 * 1024
MAX_DESCRIPTION = 1_000  # characters; what the desk itself says of a record, ours
MAX_TAG = 40  # characters
MAX_TAGS = 20  # of one record
MAX_BODY_BYTES = MAX_FILE_BYTES + 2 * 1024 * 1024  # of one request; what else a form holds
USUAL_TICKET = r"[A-Z][A-Z0-9]+-\d+"  # a ticket, unless a setting says otherwise; no text makes it slow
