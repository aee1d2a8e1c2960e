"""The application's configuration."""

from django.apps import AppConfig


class MonitorsConfig(AppConfig):
    name = "monitors"
    verbose_name = "Monitor Desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from monitors import checks, tasks  # noqa: F401, PLC0415 - checks register themselves
        from monitors.services import (  # noqa: PLC0415 - models are loaded only now
            people,
            people_log,
            postgres_connections,
            second_factors,
            sqlite_turns,
            worker,
        )
        from monitors.services.log import guarding  # noqa: PLC0415

        guarding.watch(self)
        people.watch()
        people_log.watch()
        postgres_connections.watch()
        second_factors.watch()
        sqlite_turns.watch()
        worker.connect(tasks.wake)
