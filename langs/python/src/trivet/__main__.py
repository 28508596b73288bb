"""Run an app by its file or module: python -m trivet app.py."""

from ._entry import main

main()
