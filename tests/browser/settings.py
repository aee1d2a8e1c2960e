"""The product's own settings in a browser test: real collected files, in the test's own folder."""

import math
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.as_installed import leave_out_what_only_checks_need

leave_out_what_only_checks_need()

from config.settings import *  # noqa: E402, F403
from config.settings import PACE  # noqa: E402

STATIC_ROOT = Path(os.environ["STATIC_ROOT"])
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Ours alone, packed as they are served: packing those of Django's admin takes longer than all the tests of one page.
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
# What a page shows of a write for a while is shown for a second; how much processor a list takes decides nothing.
PACE = replace(PACE, confirm_after=timedelta(seconds=1), list_share=math.inf)
