"""`python -m monitors.sandbox`: the same as the management command, without Django."""

import sys
from argparse import ArgumentParser

from monitors.sandbox.cli import add_arguments, run

parser = ArgumentParser(prog="sandbox", description="Run a stand-in for SendGrid's monitor API.")
add_arguments(parser)
sys.exit(run(parser.parse_args()))
