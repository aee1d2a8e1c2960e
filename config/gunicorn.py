"""gunicorn --config python:config.gunicorn: how the web server runs, and its own lines in the form of the others."""

from config.settings import LOG_LEVEL, LOGGING, SENDGRID_DEADLINE

worker_class = "config.web_worker.PunctualWorker"
threads = 8
# Where no worker is alive a request makes its own call, which ends within the deadline; a stop waits for it.
timeout = graceful_timeout = round(SENDGRID_DEADLINE) + 30
control_socket_disable = True
limit_request_line, limit_request_fields, limit_request_field_size = 8190, 64, 8190
worker_tmp_dir = "/dev/shm"  # noqa: S108 - a sign of life each second; a busy disk must not make it late

_OWN = {"level": LOG_LEVEL, "handlers": ["stderr"], "propagate": False}
logconfig_dict = LOGGING | {"loggers": LOGGING["loggers"] | {"gunicorn.error": _OWN}}
