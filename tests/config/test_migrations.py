"""What migrations make by hand is there after the last of them: SQLite drops it with a table that is built anew."""

from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from monitors.models import Attachment, Change, HeldChange, Operation, RecordRevision, guards
from tests import other_database
from tests.other_database import in_use

pytestmark = pytest.mark.django_db
SEARCHED = ("customersearch", "recordsearch", "gonesearch", "formersearch")
VERBS = ("insert", "update", "delete")
TRIGGERS = {
    *("audit_no_update", "audit_no_delete", "audit_only_at_the_end", "audit_search", "record_renamed"),
    *("role_group_keeps_its_name", "role_group_is_not_removed", "role_group_is_not_replaced"),
    *("role_key_is_not_changed", "role_key_is_not_removed", "role_key_is_not_replaced"),
    *(f"day_totals_{verb}" for verb in VERBS),
    *(f"sample_rate_{event}" for event in ("insert_new", "delete_old", "update_old", "update_new")),
    *(f"monitors_{index}_{verb}" for index in SEARCHED for verb in VERBS),
    *(trigger.name for trigger in guards.TRIGGERS if trigger.sqlite),
}


@pytest.fixture
def made():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL alters tables in place")
    with connection.cursor() as cursor:
        cursor.execute("SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'index')")
        return cursor.fetchall()


def test_every_trigger_is_still_there(made):
    assert {name for kind, name in made if kind == "trigger"} == TRIGGERS


def test_every_index_of_a_search_is_still_there(made):
    search = import_module("monitors.migrations.0018_name_search")
    wanted = {statement.split()[2] for each in search.SQLITE_RANGES.values() for statement in each}

    assert wanted <= {name for kind, name in made if kind == "index"}


def test_no_key_is_indexed_twice_where_rows_are_many():
    """Each index is written with each row."""
    needed_on_postgresql = ("monitors_operation", "actor_id")
    for model in (Attachment, Operation, RecordRevision, Change, HeldChange):
        table = model._meta.db_table
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, table).values()
        indexes = [each["columns"] for each in found if each["index"] and not each["unique"]]
        for [column] in (columns for columns in indexes if len(columns) == 1 and columns[0].endswith("_id")):
            is_begun_with = any(columns[0] == column for columns in indexes if len(columns) > 1)
            assert not is_begun_with or (table, column) == needed_on_postgresql, (table, column)


@pytest.mark.any_database
def test_the_migration_that_builds_searched_tables_anew_can_be_undone(tmp_path, django_db_blocker):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL alters tables in place")
    with other_database.empty(tmp_path) as name, in_use(name):
        made = [
            triggers_at(migration)
            for migration in ("0024_pages_by_key", "0023_rare_lists", "0024_pages_by_key")
        ]

    assert made[0] == made[1] == made[2]
    assert {f"monitors_{index}_{verb}" for index in SEARCHED for verb in VERBS} <= made[0]


def triggers_at(migration):
    MigrationExecutor(connection).migrate([("monitors", migration)])
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return {name for (name,) in cursor.fetchall()}
