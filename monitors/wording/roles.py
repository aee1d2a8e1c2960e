"""What each role may do, in a few words."""

from monitors.models import Role

_MAY = {
    Role.AUDITORS: "Look, the audit log, exports, who was monitored at any date",
    Role.SUPPORT: "Look, append and detach, small plans",
    Role.ACCOUNT_MANAGERS: "Look, append and detach, plans, create, edit and delete records",
    Role.ADMINISTRATORS: "All of this, held lists, people",
}


def may_do(role: Role) -> str:
    return _MAY[role]
