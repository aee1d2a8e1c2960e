"""People as the desk names them."""

from django.contrib.auth.models import User


def display_name(user: User) -> str:
    """The full name, or the user name where there is none."""
    return user.get_full_name() or user.get_username()
