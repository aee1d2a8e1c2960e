"""The kinds of audit events, in the order and with the words that people meet them."""

KINDS: dict[str, dict[str, str]] = {
    "Operations": {
        "operation.started": "Sent out",
        "operation.ended": "Answered",
        "operation.abandoned": "Abandoned",
        "operation.settled": "Settled by a list",
    },
    "Lists": {
        "list.difference": "Changed outside, or found in a list",
        "list.baseline": "First list loaded",
        "list.anomalies": "Oddities in a list",
        "list.held": "List held",
        "list.accepted": "Held list accepted",
        "list.rejected": "Held list rejected",
    },
    "People": {
        "sign_in": "Signed in",
        "sign_in_failed": "Failed to sign in",
        "sign_out": "Signed out",
        "person_added": "Person added",
        "person_changed": "Person changed",
        "person_removed": "Person removed",
        "roles_changed": "Roles changed",
    },
    "The desk": {
        "export": "Table taken out",
        "settings_changed": "Settings changed",
    },
}
TITLES = {kind: title for group in KINDS.values() for kind, title in group.items()}
