"""Every URL of the desk; the stable ones are listed in docs/architecture.md."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("monitors.urls")),
]
