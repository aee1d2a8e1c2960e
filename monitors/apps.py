"""The application's configuration."""

from django.apps import AppConfig


class MonitorsConfig(AppConfig):
    name = "monitors"
    verbose_name = "Monitor Desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from monitors import checks  # noqa: F401, PLC0415 - registers itself
        from monitors.services import people  # noqa: PLC0415 - models are loaded only now

        people.watch()
