"""People as the desk names them."""

from django.contrib.auth.models import User


def display_name(user: User) -> str:
    """The full name, or the username where there is none."""
    return user.get_full_name() or user.get_username()


def is_invited(user: User) -> bool:
    """Whether they have never been here and have no password yet."""
    return user.last_login is None and not user.has_usable_password()
