"""Starts a program as systemd does one with sockets: activate.py PID COUNT FD... -- COMMAND...

The descriptors become 3, 4 and so on, LISTEN_FDS is COUNT, and LISTEN_PID the program's own process
when PID is `self`.
"""

from __future__ import annotations

import os
import sys

FIRST = 3


def main() -> None:
    pid, count, *rest = sys.argv[1:]
    end = rest.index("--")
    # Out of the way of each other first.
    high = [os.dup2(int(fd), 100 + index) for index, fd in enumerate(rest[:end])]
    for index, fd in enumerate(high):
        os.dup2(fd, FIRST + index)
        os.close(fd)
    os.environ["LISTEN_PID"] = str(os.getpid()) if pid == "self" else pid
    os.environ["LISTEN_FDS"] = count
    os.environ["LISTEN_FDNAMES"] = "http"
    command = rest[end + 1 :]
    os.execvp(command[0], command)


main()
