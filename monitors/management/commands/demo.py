"""manage.py demo: everything at once, on the sandbox and SQLite."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from monitors.demo import environment, people, story
from monitors.demo.processes import ProcessGroup, Stopped, answers


class Command(BaseCommand):
    help = "Migrate, fill and serve the desk on the sandbox upstream: http://127.0.0.1:8000, PORT to change."
    requires_system_checks: list[str] = []

    def handle(self, *_: Any, **__: Any) -> None:
        try:
            self._run()
        except Stopped:
            self.stdout.write("\nStopped.")

    def _run(self) -> None:
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        accounts = people.make_people()
        sandbox_db = environment.FOLDER / "upstream.sqlite3"
        with ProcessGroup() as group:
            self._start_sandbox(group, sandbox_db)
            story.tell(accounts, sandbox_db)
            connection.close()
            group.start("worker", "manage.py", "run_huey", "--quiet")
            address = self._start_web(group)
            self._announce(address)
            group.watch()

    def _start_sandbox(self, group: ProcessGroup, db: Path) -> None:
        group.start(
            "sandbox",
            "manage.py",
            "sandbox",
            *("--port", os.environ["DEMO_SANDBOX_PORT"], "--db", str(db)),
            *("--control-port", os.environ["DEMO_CONTROL_PORT"], "--latency", "250", "--seed", "believable"),
        )
        group.wait_until(lambda: answers(f"{settings.SENDGRID_API_URL}.json"), "sandbox")

    def _start_web(self, group: ProcessGroup) -> str:
        address = f"{environment.HOST}:{os.environ['PORT']}"
        group.start(
            "web server",
            *("-m", "gunicorn", "config.wsgi", "--config", "python:config.gunicorn"),
            *("--bind", address, "--workers", "2"),
        )
        group.wait_until(lambda: answers(f"http://{address}/healthz"), "web server")
        return f"http://{address}/"

    def _announce(self, address: str) -> None:
        control = f"http://{environment.HOST}:{os.environ['DEMO_CONTROL_PORT']}/"
        lines = [f"\nMonitor Desk is at {address}   (Ctrl-C stops it)\n"]
        lines += [f"  {person.role:<17} {person.username} / {people.PASSWORD}" for person in people.PEOPLE]
        lines += [f"\nThe upstream is a sandbox. Make it misbehave at {control}"]
        lines += [
            f"Its numbers: curl -H 'Authorization: Bearer {environment.METRICS_TOKEN}' {address}metrics\n"
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()
