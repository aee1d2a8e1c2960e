"""What the log leaves out."""

import logging

from django.core.exceptions import PermissionDenied


class WithoutTracebackOfDenial(logging.Filter):
    """A refused right is an answer, not an error of ours: one line is enough."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], PermissionDenied):
            record.exc_info = record.exc_text = None
        return True
