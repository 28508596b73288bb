# generated from capi/spec; do not edit
"""Constants of the C ABI."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

ABI_VERSION: Final = 100

# Version of the header.
# Major version.
VERSION_MAJOR: Final = 0
# Minor version.
VERSION_MINOR: Final = 1
# Patch version.
VERSION_PATCH: Final = 0

# How much memory a loop takes for speed: what buffer_count and buffer_bytes are when they are 0.
# 256 receive buffers of 8 KiB.
PROFILE_DEFAULT: Final = 0
# 32 receive buffers of 4 KiB.
PROFILE_LOW_MEMORY: Final = 1
# 1024 receive buffers of 16 KiB.
PROFILE_HIGH_THROUGHPUT: Final = 2

# What a before hook gives.
# The next hook, then the handler.
HOOK_CONTINUE: Final = 0
# The hook has answered, or will.
HOOK_STOP: Final = 1

# Flags of a route.
# Requests with content are delivered when their head is there, and the content is read with
# trivet_request_read.
ROUTE_STREAM: Final = 1

# In place of a number, for limits of a route or a group.
# No limit, where 0 is taken for that of the group or the app around it.
LIMIT_NONE: Final = 4294967295

# Which kernel interface moves the bytes. The environment's TRIVET_ENGINE (auto, uring, epoll)
# overrides AUTO.
# io_uring where the kernel allows it, else epoll.
ENGINE_AUTO: Final = 0
# io_uring or an error.
ENGINE_URING: Final = 1
# epoll.
ENGINE_EPOLL: Final = 2

# Log levels. The environment's TRIVET_LOG (debug, info, warn, error, off) overrides DEFAULT.
# As the environment says, else info.
LOG_DEFAULT: Final = 0
# Every connection's end and its reason.
LOG_DEBUG: Final = 1
# Start, drain, end.
LOG_INFO: Final = 2
# What is degraded.
LOG_WARN: Final = 3
# Failed handlers and failed system calls.
LOG_ERROR: Final = 4
# Nothing.
LOG_OFF: Final = 5

# Whether the content of requests is decoded before it is handed out. What is not encoded, or as
# identity, is left alone; body_bytes_max holds for what came and for what it becomes; the fields
# Content-Encoding and Content-Length are taken out of what is decoded. Other codings, and more than
# two, give 415 with Accept-Encoding, malformed and incomplete content 400.
# As the group, the group around it, or body_decompress of the app's configuration says.
DECOMPRESS_INHERIT: Final = 0
# Decoded.
DECOMPRESS_ON: Final = 1
# As it came.
DECOMPRESS_OFF: Final = 2

# Whether TLS asks clients for a certificate (mTLS).
# They are not asked.
CLIENT_AUTH_OFF: Final = 0
# They are asked; one that has a certificate must have one that tls_client_ca has signed.
CLIENT_AUTH_OPTIONAL: Final = 1
# A handshake without such a certificate fails.
CLIENT_AUTH_REQUIRED: Final = 2

# Versions of TLS.
# RFC 5246, with ECDHE and AEAD only.
TLS_V1_2: Final = 0
# RFC 8446.
TLS_V1_3: Final = 1

# Which fields trusted proxies write. It cannot be seen from a request: a proxy that writes one kind
# passes the other on as the client sent it.
# X-Forwarded-For and X-Forwarded-Proto.
FORWARDED_X: Final = 0
# Forwarded, RFC 7239.
FORWARDED_RFC: Final = 1
# Either, for proxies that write both, or remove what they do not write. With both, Forwarded counts
# as far as the others say the same.
FORWARDED_EITHER: Final = 2

# Where the value of a setting comes from; the greater number beats the smaller one.
# Nobody has set it.
SOURCE_DEFAULT: Final = 0
# trivet.toml.
SOURCE_FILE: Final = 1
# The file .env of the working directory.
SOURCE_ENV_FILE: Final = 2
# The environment.
SOURCE_ENVIRONMENT: Final = 3
# trivet_app_configure has changed it.
SOURCE_PROGRAM: Final = 4
# A flag of the command that started the program.
SOURCE_FLAG: Final = 5

# What the value of a setting is. Numbers may stand in quotes in trivet.toml, all else must.
# A number.
SETTING_NUMBER: Final = 0
# A power of two, or 0.
SETTING_POWER_OF_TWO: Final = 1
# A number, or auto.
SETTING_AUTO: Final = 2
# A number of bytes, or text like 64KiB.
SETTING_BYTES: Final = 3
# A number of milliseconds, or text like 30s.
SETTING_DURATION: Final = 4
# One of the names that allowed lists.
SETTING_NAME: Final = 5
# Any text.
SETTING_TEXT: Final = 6

# Flags of a folder that is served.
# Requests go to the handler, or arrive as events, and are answered from the folder when
# trivet_reply_static asks for it: for languages that run hooks themselves.
STATIC_DELIVERED: Final = 1
# Names that begin with a dot are served. Else they are not there, but for .well-known in the first
# place.
STATIC_DOT_FILES: Final = 2
# Symbolic links are not there. Else those are followed that stay below the folder.
STATIC_NO_SYMLINKS: Final = 4
# name.br, name.zst and name.gz do not stand for name.
STATIC_NO_VARIANTS: Final = 8

# Flags of trivet_loop_config.
# No listener: timers, watches and wake-ups only.
LOOP_UNBOUND: Final = 1
# SO_REUSEPORT, for several loops on one port; without it a port in use is an error. Loops of one
# app share a Unix socket in the same way.
LOOP_REUSE_PORT: Final = 2
# The listener is bound, but the loop accepts only from trivet_loop_start on.
LOOP_DEFERRED: Final = 4
# host and port are those of the app's configuration instead of the ones given here. When LISTEN_PID
# names this process and LISTEN_FDS listening sockets from descriptor 3 on (socket activation), the
# app takes those instead, once, and the variables are removed. Else the loop listens on the
# addresses of also_listen, too, which loops with TRIVET_LOOP_REUSE_PORT on its port share.
LOOP_CONFIGURED: Final = 8
# For tests: no listener; connections come from trivet_app_inject, and trivet_app_advance puts the
# clock forward. Not together with what is said of a listener or a supervisor.
LOOP_TEST: Final = 16

# Kinds of events.
# A request for a route without a handler: request, view, user_data of the route. The view stays
# valid until the request is answered.
EVENT_REQUEST: Final = 1
# The client of an unanswered request closed its side: request, user_data of the route. The handle
# stays valid; it should still be answered, which may give TRIVET_E_GONE. status is TRIVET_E_GONE
# when the connection has ended, so that nothing can be sent any more; else the client may still be
# reading.
EVENT_GONE: Final = 2
# A watched descriptor is ready: fd, ready.
EVENT_WATCH: Final = 3
# The drain is complete, the last event of a loop.
EVENT_DRAINED: Final = 4
# After a trivet_request_read or trivet_form_open that gave TRIVET_E_AGAIN: there is content now,
# its end or its failure; or the form has ended. request, user_data of the route.
EVENT_READABLE: Final = 5
# After a trivet_reply_write that told the writer to wait: there is room again. Also what a posted
# TRIVET_POST_SSE_SUBSCRIBE gave, in status. request, user_data of the route; status is
# TRIVET_E_STALE when a posted step found that the request had ended, TRIVET_E_GONE when its client
# has gone.
EVENT_WRITABLE: Final = 6
# Answers a posted TRIVET_POST_READ: request, user_data of the route, content with the bytes, valid
# until the next one is posted or the request has ended, and status with TRIVET_OK, or why no more
# will come, TRIVET_E_STALE when the request has ended. Empty content with TRIVET_OK is the end.
EVENT_CONTENT: Final = 7
# Answers a posted TRIVET_POST_FORM: request, user_data of the route, status as trivet_form_open
# gives it, but for TRIVET_E_AGAIN; TRIVET_E_STALE when the request has ended. From then on the
# thread that handles the request may ask for the form.
EVENT_FORM: Final = 8

# Interest in, and readiness of, a watched descriptor.
# Readable, or at its end.
WATCH_READ: Final = 1
# Writable.
WATCH_WRITE: Final = 2
# Readiness only: an error or hang-up.
WATCH_ERROR: Final = 4

# States of a loop.
# Accepts and serves.
STATE_SERVING: Final = 1
# Finishes what is in flight.
STATE_DRAINING: Final = 2
# Nothing is left.
STATE_DRAINED: Final = 3

# Flags of a request view.
# The connection stays open after the answer.
REQUEST_KEEP_ALIVE: Final = 1
# The client has closed its side.
REQUEST_GONE: Final = 2

# What a request is ready for.
# As TRIVET_EVENT_READABLE.
READY_READ: Final = 1
# As TRIVET_EVENT_WRITABLE.
READY_WRITE: Final = 2
# As TRIVET_EVENT_GONE.
READY_GONE: Final = 4

# Flags of a client.
# The connection is secured by TLS.
CLIENT_SECURED: Final = 1
# Trusted proxies have said who it is.
CLIENT_FORWARDED: Final = 2
# The peer of the connection has shown a certificate, which was checked.
CLIENT_CERTIFICATE: Final = 4

# Ready-made Content-Type fields.
# No Content-Type from the engine; give one among the headers.
CONTENT_NONE: Final = 0
# text/plain; charset=utf-8
CONTENT_TEXT: Final = 1
# text/html; charset=utf-8
CONTENT_HTML: Final = 2
# application/json
CONTENT_JSON: Final = 3
# application/octet-stream
CONTENT_BYTES: Final = 4
# application/problem+json
CONTENT_PROBLEM: Final = 5
# application/xml
CONTENT_XML: Final = 6

# Lengths of an answer in pieces.
# It is chunked, or ends with the connection for HTTP/1.0.
LENGTH_UNKNOWN: Final = 18446744073709551615

# What a posted record asks for.
# A whole answer, as trivet_reply_send.
POST_REPLY: Final = 0
# trivet_request_read; the bytes come as TRIVET_EVENT_CONTENT.
POST_READ: Final = 1
# trivet_reply_begin with status, content, fields and length. A head that cannot be sent becomes a
# failure as of trivet_reply_fail.
POST_BEGIN: Final = 2
# trivet_reply_write with the body. With status 1 TRIVET_EVENT_WRITABLE comes as soon as there is
# room, which may be at once.
POST_WRITE: Final = 3
# trivet_reply_end with the fields as trailers.
POST_END: Final = 4
# trivet_reply_abort.
POST_ABORT: Final = 5
# trivet_form_open; the outcome comes as TRIVET_EVENT_FORM. The body is a trivet_form_config, or
# empty for the defaults; its directory must last until the event.
POST_FORM: Final = 6
# trivet_sse_begin with the fields, heartbeat_ms in status and retry_ms in length
# (TRIVET_LENGTH_UNKNOWN: none). Events follow as WRITE, encoded by trivet_sse_encode. Fails as
# BEGIN does.
POST_SSE_BEGIN: Final = 7
# trivet_sse_subscribe with the fields and the hub in length: the thread's last record of the
# request. Bits of status: 1, the body is the last event id, else the request's field counts; 2,
# TRIVET_EVENT_WRITABLE tells the outcome, TRIVET_OK when what is published from then on reaches the
# client, and a failure that leaves the request unanswered leaves it to the poster. Without 2,
# TRIVET_E_LIMIT and a hub that is closed give 503, and other failures are as of trivet_reply_fail.
POST_SSE_SUBSCRIBE: Final = 8
# trivet_reply_file with status and fields, and the flags in length. The body is path, root, content
# type, download name and Cache-Control with a NUL between each two.
POST_FILE: Final = 9
# trivet_reply_static, with the fields added to the answer as by trivet_reply_add_header.
POST_STATIC: Final = 10

# Flags of a file that a handler sends, for a path below a root.
# Names that begin with a dot may be sent.
FILE_DOT_FILES: Final = 1
# Symbolic links are not there.
FILE_NO_SYMLINKS: Final = 2

# Moments of a fork without exec.
# In the parent, before.
FORK_PREPARE: Final = 0
# In the parent, afterwards, whether it succeeded or not.
FORK_PARENT: Final = 1
# In the worker: serve, then give the process's exit code.
FORK_CHILD: Final = 2

# Flags of a part.
# It came with a file name, be it empty.
PART_FILE: Final = 1
# Its content lies in a temporary file without a name, and value is empty.
PART_SPOOLED: Final = 2

# Flags of trivet_form_save.
# What has the path already is replaced in one step.
SAVE_REPLACE: Final = 1

# Flags of an event: fields that are sent although they are empty.
# An empty id: the client forgets its Last-Event-ID.
SSE_EVENT_ID: Final = 1
# Empty data: without a data field clients drop an event, whatever its type.
SSE_EVENT_DATA: Final = 2

# Flags of a hub.
# Ids are the publisher's. Without it the hub gives each event an id of its own, which tells the hub
# and a number that grows by one, and an event that brings one is TRIVET_E_ARGUMENT.
SSE_HUB_OWN_IDS: Final = 1

# What becomes of a client that takes less than is published.
# It misses the oldest events that wait for it.
SSE_POLICY_DROP_OLDEST: Final = 0
# Its connection closes; a browser comes back with Last-Event-ID and gets what it missed.
SSE_POLICY_CLOSE: Final = 1
# It misses events that a later one of the same key superseded, then the oldest.
SSE_POLICY_COALESCE: Final = 2

# Flags of a cookie. Without them it is as safe as it can be: sent over TLS alone, and out of the
# reach of scripts.
# Without Secure: sent over plain HTTP, too. Browsers take Secure cookies of plain HTTP from
# loopback addresses only.
COOKIE_INSECURE: Final = 1
# Without HttpOnly: document.cookie has it.
COOKIE_SCRIPTS: Final = 2
# Partitioned: one jar for each site that embeds this one. Not with TRIVET_COOKIE_INSECURE.
COOKIE_PARTITIONED: Final = 4

# Which requests that other sites cause have the cookie.
# Those of links that a user follows.
SAME_SITE_LAX: Final = 0
# None.
SAME_SITE_STRICT: Final = 1
# All. Not with TRIVET_COOKIE_INSECURE.
SAME_SITE_NONE: Final = 2

# Statuses.
OK: Final = 0
E_ARGUMENT: Final = -1
E_MEMORY: Final = -2
E_STALE: Final = -3
E_THREAD: Final = -4
E_STATE: Final = -5
E_PATTERN: Final = -6
E_CONFLICT: Final = -7
E_ADDRESS_IN_USE: Final = -8
E_ADDRESS: Final = -9
E_ENGINE: Final = -10
E_SYSTEM: Final = -11
E_GONE: Final = -12
E_HEADER: Final = -13
E_NOT_FOUND: Final = -14
E_LIMIT: Final = -15
E_AGAIN: Final = -16
E_TIMEOUT: Final = -17
E_PROTOCOL: Final = -18
E_MEDIA_TYPE: Final = -19
