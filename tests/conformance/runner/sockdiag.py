"""Asks the kernel how much a peer on this machine has not read yet (sock_diag(7))."""

from __future__ import annotations

import fcntl
import socket
import struct

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
NLM_F_REQUEST = 1
NLMSG_ERROR = 2
NO_COOKIE = 0xFFFFFFFF
SIOCOUTQ = 0x5411


class PeerQueue:
    """The receive queue of the other end of local IPv4 and Unix connections."""

    def __init__(self) -> None:
        self._netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG)

    def unread(self, connection: socket.socket) -> int:
        """Bytes that arrived at the peer and that it has not read; 0 when the peer is gone."""
        if connection.family == socket.AF_UNIX:
            # What was sent and not read counts as the sender's.
            queued = fcntl.ioctl(connection, SIOCOUTQ, struct.pack("=i", 0))
            return int(struct.unpack("=i", queued)[0])
        here, there = connection.getsockname(), connection.getpeername()
        # struct inet_diag_req_v2: the peer's source is our destination.
        sockid = struct.pack(
            "!HH16s16sIII",
            there[1],
            here[1],
            socket.inet_aton(there[0]),
            socket.inet_aton(here[0]),
            0,
            NO_COOKIE,
            NO_COOKIE,
        )
        request = (
            struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, NO_COOKIE) + sockid
        )
        header = struct.pack("=IHHII", 16 + len(request), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 1, 0)
        self._netlink.send(header + request)
        answer = self._netlink.recv(4096)
        kind = struct.unpack_from("=H", answer, 4)[0]
        if kind == NLMSG_ERROR:
            return 0
        # struct inet_diag_msg: 4 bytes, sockid (48), expires, rqueue.
        rqueue: int = struct.unpack_from("=I", answer, 16 + 4 + 48 + 4)[0]
        return rqueue

    def close(self) -> None:
        self._netlink.close()
