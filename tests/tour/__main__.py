"""Walk the demo, take the pictures, write docs/tour.md: python -m tests.tour (`make screenshots`)."""

import os

import django

if __name__ == "__main__":
    environment = dict(os.environ)  # what the tests' settings put there is not the demo's
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()

    from tests.tour.walking import walk_the_demo

    walk_the_demo(environment)
