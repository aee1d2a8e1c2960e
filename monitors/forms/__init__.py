"""One form per task, mirroring its parameter table in monitor_records.md; field names are the API's own."""

from monitors.forms.accounts import InviteForm, PersonForm, RolesForm
from monitors.forms.attachments import AppendForm, DetachForm
from monitors.forms.people import (
    ActivateAppForm,
    CodeAgainForm,
    CodeForm,
    NewPasswordForm,
    PasswordAgainForm,
    PasswordChangeForm,
    SignInForm,
)
from monitors.forms.plans import EditManyForm, MoveManyForm, PlanEditForm, PlanForm, ScheduleForm
from monitors.forms.records import CreateForm, DeleteForm, EditForm, ListForm
from monitors.forms.task import PLACEHOLDER, TaskForm

__all__ = [
    "PLACEHOLDER",
    "ActivateAppForm",
    "AppendForm",
    "CodeAgainForm",
    "CodeForm",
    "CreateForm",
    "DeleteForm",
    "DetachForm",
    "EditForm",
    "EditManyForm",
    "InviteForm",
    "ListForm",
    "MoveManyForm",
    "NewPasswordForm",
    "PasswordAgainForm",
    "PasswordChangeForm",
    "PersonForm",
    "PlanEditForm",
    "PlanForm",
    "RolesForm",
    "ScheduleForm",
    "SignInForm",
    "TaskForm",
]
