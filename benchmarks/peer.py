"""The admin's change list of records, with the columns that our page shows."""

ROWS_PER_PAGE = 50
PATH = "/admin/monitors/monitorrecord/"


def register() -> None:
    import importlib

    from django.contrib import admin
    from django.urls import clear_url_caches

    import config.urls
    from monitors.models import MonitorRecord

    columns = ["name", "email", "frequency", "customer_count", "changed_at", "changed_by"]
    options = {"list_display": columns, "list_per_page": ROWS_PER_PAGE, "list_select_related": True}
    admin.site.register(MonitorRecord, type("RecordAdmin", (admin.ModelAdmin,), options))
    importlib.reload(config.urls)
    clear_url_caches()
