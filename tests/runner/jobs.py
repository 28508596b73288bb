"""The table of suites and the builds they need. A job stands after the jobs it needs."""

from . import counts
from .schedule import Job, Step

VENV = "build/venv/bin"
JOBS = [
    Job("tidy", [Step("python3 -m unittest discover -s tests/tidy", counts.unittest)]),
]
