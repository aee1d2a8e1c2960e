"""The admin: people and their roles, nothing of the mirror (it is a copy, and history is append-only).

The groups themselves are not there: those of the four roles are what the migrations made, and nothing reads another.
Neither are second factors and sessions: they are everybody's own, /accounts/security/.
"""

from django.contrib import admin
from django.contrib.auth.models import Group, User

from monitors.views.account_admin import AccountAdmin

admin.site.unregister(Group)
admin.site.unregister(User)
admin.site.register(User, AccountAdmin)
_OWN = {"account", "mfa", "socialaccount", "usersessions"}
for model in [model for model in admin.site._registry if model._meta.app_label in _OWN]:
    admin.site.unregister(model)
