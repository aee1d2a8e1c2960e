"""Every URL of the desk; the stable ones are listed in docs/architecture.md."""

from django.contrib import admin
from django.urls import include, path

from monitors.views import csp, health, metrics, security_txt

handler400 = "monitors.views.errors.bad_request"
handler403 = "monitors.views.errors.denied"
handler429 = "monitors.views.errors.too_many_codes"  # what allauth asks for
handler500 = "monitors.views.errors.server_error"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics),
    path("csp-reports", csp.reports),
    path(".well-known/security.txt", security_txt.security_txt),
    path("", include("monitors.urls")),
]
