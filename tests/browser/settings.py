"""The product's own settings in a browser test: real collected files, in the test's own folder."""

import os
from pathlib import Path

from config.settings import *  # noqa: F403

STATIC_ROOT = Path(os.environ["STATIC_ROOT"])
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Packing takes longer than all the tests of one page, and Chromium on the loopback does not need it.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("css", "html", "js", "json", "map", "svg", "txt")
