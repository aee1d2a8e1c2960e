"""`python -m monitors.sandbox`: the same as the management command, without Django."""

import sys
from argparse import ArgumentParser

from monitors.sandbox.cli import add_arguments, run

parser = ArgumentParser(prog="sandbox", description="A stand-in for the upstream.")
add_arguments(parser)
sys.exit(run(parser.parse_args()))
