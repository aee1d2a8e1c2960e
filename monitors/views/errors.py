"""The page for people who lack a right: services.errors.Denied names the roles that have it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from monitors.services import rights


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    mine = rights.roles(request.user) if hasattr(request, "user") else ()
    return render(request, "403.html", {"exception": str(exception), "mine": mine}, status=403)
