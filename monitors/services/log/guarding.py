"""The triggers that guard the history: laid after each migration, and looked at by whoever verifies it."""

import logging
from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models.signals import post_migrate, pre_migrate

from monitors.models import guards
from monitors.models.guards import Trigger

logger = logging.getLogger(__name__)


def watch(app: AppConfig) -> None:
    """Called once, when the application is ready."""
    pre_migrate.connect(_lift, sender=app, dispatch_uid="desk-guards-lift")
    post_migrate.connect(_lay, sender=app, dispatch_uid="desk-guards-lay")


def problems() -> list[str]:
    """A sentence for each trigger that is missing or is not as it should be."""
    return guards.problems(connections["default"], _of_roles())


def _of_roles() -> tuple[Trigger, ...]:
    """Those that keep the groups of the four roles as they are; their migration made them."""
    made: Any = import_module("monitors.migrations.0044_roles_by_key")
    refuse = f"BEGIN SELECT RAISE(ABORT, '{made.WORDS}'); END"
    sqlite = (
        Trigger(name, _table(when), f"CREATE TRIGGER {name} {when} {refuse}")
        for name, when in made.SQLITE.items()
    )
    source = made.FUNCTION.split("$$")[1]
    run = "EXECUTE FUNCTION role_group_stays()"
    postgresql = (
        Trigger(
            name,
            _table(when),
            "",
            f"CREATE TRIGGER {name} {_as_shown(when)} {run}",
            "role_group_stays",
            source,
        )
        for name, when in made.POSTGRESQL.items()
    )
    return (*sqlite, *postgresql)


def _table(when: str) -> str:
    return when.split(" ON ")[1].split(maxsplit=1)[0]


def _as_shown(when: str) -> str:
    """PostgreSQL names the verbs in an order of its own."""
    return when.replace("UPDATE OR DELETE", "DELETE OR UPDATE")


def _lift(*, app_config: AppConfig, using: str, plan: Any = None, **_: Any) -> None:
    """A migration of ours may have to write into rows that nobody else may change."""
    if any(migration.app_label == app_config.label for migration, _ in plan or ()):
        guards.remove(connections[using])


def _lay(*, using: str, plan: Any = None, **_: Any) -> None:
    """Only on the tables as they are now: whoever goes back to older ones goes without."""
    connection = connections[using]
    if not guards.problems(connection) or not is_migrated(connection):
        return
    made = guards.install(connection)
    if not plan:
        logger.warning("triggers were missing and were made again: %s", ", ".join(made))


def is_migrated(connection: Any = None) -> bool:
    """Whether the tables are as they are now; before, nobody can say which triggers there should be."""
    executor = MigrationExecutor(connection or connections["default"])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes("monitors"))
