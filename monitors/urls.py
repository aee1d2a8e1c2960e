"""The desk's pages; design and docs/architecture.md list the stable ones."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from monitors.views import (
    accounts,
    attachments,
    audit,
    customers,
    exports,
    insight,
    monitored,
    operations,
    previews,
    records,
    search,
    upstream,
)

urlpatterns = [
    path("", records.records, name="records"),
    path("records/new/", records.create, name="create"),
    path("records/suggest/", customers.suggest_record, name="suggest_record"),
    path("records/<int:record_id>/", records.record, name="record"),
    path("records/<int:record_id>/edit/", records.edit, name="edit"),
    path("records/<int:record_id>/delete/", records.delete, name="delete"),
    path("records/<int:record_id>/append/", attachments.append, name="append"),
    path("records/<int:record_id>/detach/", attachments.detach, name="detach"),
    path("customers/", customers.customers, name="customers"),
    path("customers/suggest/", customers.suggest, name="suggest"),
    path("customers/<int:customer_id>/", customers.customer, name="customer"),
    path("customers/<int:customer_id>/append/", attachments.append_customer, name="append_customer"),
    path("customers/<int:customer_id>/detach/", attachments.detach_customer, name="detach_customer"),
    path("search/", search.search, name="search"),
    path("api-call/<str:task>/", previews.api_call, name="api_call"),
    path("operations/<uuid:uuid>/", operations.operation, name="operation"),
    path("refresh/", upstream.refresh, name="refresh"),
    path("upstream/", upstream.upstream, name="upstream"),
    path("upstream/lists/<int:refresh_id>/", upstream.refreshed, name="refreshed"),
    path("upstream/held/<int:refresh_id>/", upstream.decide, name="decide"),
    path("monitored/", monitored.monitored, name="monitored"),
    path("monitored/print/", monitored.monitored_print, name="monitored_print"),
    path("monitored/export.csv", exports.monitored_csv, name="monitored_csv"),
    path("monitored/export.xlsx", exports.monitored_xlsx, name="monitored_xlsx"),
    path("audit/", audit.audit, name="audit"),
    path("audit/<int:number>/", audit.event, name="audit_event"),
    path("audit/export.csv", exports.audit_csv, name="audit_csv"),
    path("audit/filters/", audit.save_filter, name="save_filter"),
    path("audit/filters/<int:filter_id>/delete/", audit.delete_filter, name="delete_filter"),
    path("insight/", insight.insight, name="insight"),
    path("accounts/login/", accounts.login, name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
]
