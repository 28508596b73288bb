"""Serves the app that a program of the documentation makes: serve.py PORT PROGRAM."""

import runpy
import sys

runpy.run_path(sys.argv[2])["app"].run(port=int(sys.argv[1]))
