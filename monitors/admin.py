"""The admin: people and their roles, nothing of the mirror (it is a copy, and history is append-only).

The groups themselves are not there: those of the four roles are what the migrations made, and nothing reads another.
"""

from django.contrib import admin
from django.contrib.auth.models import Group

admin.site.unregister(Group)
