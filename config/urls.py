"""Every URL of the desk; the stable ones are listed in docs/architecture.md."""

from django.contrib import admin
from django.urls import include, path

from monitors.views import health

urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("", include("monitors.urls")),
]
