"""The product's own settings in a browser test: real collected files, in the test's own folder."""

import os
from pathlib import Path

from config.settings import *  # noqa: F403

STATIC_ROOT = Path(os.environ["STATIC_ROOT"])
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Ours alone, packed as they are served: packing those of Django's admin takes longer than all the tests of one page.
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
