"""The product's own settings for processes that tests start: all from the environment, but no collected files."""

from config.settings import *  # noqa: F403
from config.settings import STORAGES

# The demo's people sign in often and nobody attacks them.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
