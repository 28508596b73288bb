// Code generated from capi/spec; do not edit. DO NOT EDIT.

package trivet

// Version of the ABI this package was generated for.
const abiVersion uint32 = 100

// Version of the header.
const (
	versionMajor uint32 = 0 // Major version.
	versionMinor uint32 = 1 // Minor version.
	versionPatch uint32 = 0 // Patch version.
)

// How much memory a loop takes for speed: what buffer_count and buffer_bytes are when they are
// 0.
const (
	profileDefault        uint32 = 0 // 256 receive buffers of 8 KiB.
	profileLowMemory      uint32 = 1 // 32 receive buffers of 4 KiB.
	profileHighThroughput uint32 = 2 // 1024 receive buffers of 16 KiB.
)

// What a before hook gives.
const (
	hookContinue int32 = 0 // The next hook, then the handler.
	hookStop     int32 = 1 // The hook has answered, or will.
)

// Flags of a route.
const (
	routeStream uint32 = 1 // Requests with content are delivered when their head is there, and the content is read with trivet_request_read.
)

// In place of a number, for limits of a route or a group.
const (
	limitNone uint32 = 4294967295 // No limit, where 0 is taken for that of the group or the app around it.
)

// Which kernel interface moves the bytes. The environment's TRIVET_ENGINE (auto, uring, epoll)
// overrides AUTO.
const (
	engineAuto  uint32 = 0 // io_uring where the kernel allows it, else epoll.
	engineUring uint32 = 1 // io_uring or an error.
	engineEpoll uint32 = 2 // epoll.
)

// Log levels. The environment's TRIVET_LOG (debug, info, warn, error, off) overrides DEFAULT.
const (
	logDefault uint32 = 0 // As the environment says, else info.
	logDebug   uint32 = 1 // Every connection's end and its reason.
	logInfo    uint32 = 2 // Start, drain, end.
	logWarn    uint32 = 3 // What is degraded.
	logError   uint32 = 4 // Failed handlers and failed system calls.
	logOff     uint32 = 5 // Nothing.
)

// Whether the content of requests is decoded before it is handed out. What is not encoded, or as
// identity, is left alone; body_bytes_max holds for what came and for what it becomes; the
// fields Content-Encoding and Content-Length are taken out of what is decoded. Other codings,
// and more than two, give 415 with Accept-Encoding, malformed and incomplete content 400.
const (
	decompressInherit uint32 = 0 // As the group, the group around it, or body_decompress of the app's configuration says.
	decompressOn      uint32 = 1 // Decoded.
	decompressOff     uint32 = 2 // As it came.
)

// Whether TLS asks clients for a certificate (mTLS).
const (
	clientAuthOff      uint32 = 0 // They are not asked.
	clientAuthOptional uint32 = 1 // They are asked; one that has a certificate must have one that tls_client_ca has signed.
	clientAuthRequired uint32 = 2 // A handshake without such a certificate fails.
)

// Versions of TLS.
const (
	tlsV12 uint32 = 0 // RFC 5246, with ECDHE and AEAD only.
	tlsV13 uint32 = 1 // RFC 8446.
)

// Which fields trusted proxies write. It cannot be seen from a request: a proxy that writes one
// kind passes the other on as the client sent it.
const (
	forwardedX      uint32 = 0 // X-Forwarded-For and X-Forwarded-Proto.
	forwardedRfc    uint32 = 1 // Forwarded, RFC 7239.
	forwardedEither uint32 = 2 // Either, for proxies that write both, or remove what they do not write. With both, Forwarded counts as far as the others say the same.
)

// Where the value of a setting comes from; the greater number beats the smaller one.
const (
	sourceDefault     uint32 = 0 // Nobody has set it.
	sourceFile        uint32 = 1 // trivet.toml.
	sourceEnvFile     uint32 = 2 // The file .env of the working directory.
	sourceEnvironment uint32 = 3 // The environment.
	sourceProgram     uint32 = 4 // trivet_app_configure has changed it.
	sourceFlag        uint32 = 5 // A flag of the command that started the program.
)

// What the value of a setting is. Numbers may stand in quotes in trivet.toml, all else must.
const (
	settingNumber     uint32 = 0 // A number.
	settingPowerOfTwo uint32 = 1 // A power of two, or 0.
	settingAuto       uint32 = 2 // A number, or auto.
	settingBytes      uint32 = 3 // A number of bytes, or text like 64KiB.
	settingDuration   uint32 = 4 // A number of milliseconds, or text like 30s.
	settingName       uint32 = 5 // One of the names that allowed lists.
	settingText       uint32 = 6 // Any text.
)

// Flags of a folder that is served.
const (
	staticDelivered  uint32 = 1 // Requests go to the handler, or arrive as events, and are answered from the folder when trivet_reply_static asks for it: for languages that run hooks themselves.
	staticDotFiles   uint32 = 2 // Names that begin with a dot are served. Else they are not there, but for .well-known in the first place.
	staticNoSymlinks uint32 = 4 // Symbolic links are not there. Else those are followed that stay below the folder.
	staticNoVariants uint32 = 8 // name.br, name.zst and name.gz do not stand for name.
)

// Flags of trivet_loop_config.
const (
	loopUnbound    uint32 = 1  // No listener: timers, watches and wake-ups only.
	loopReusePort  uint32 = 2  // SO_REUSEPORT, for several loops on one port; without it a port in use is an error. Loops of one app share a Unix socket in the same way.
	loopDeferred   uint32 = 4  // The listener is bound, but the loop accepts only from trivet_loop_start on.
	loopConfigured uint32 = 8  // host and port are those of the app's configuration instead of the ones given here. When LISTEN_PID names this process and LISTEN_FDS listening sockets from descriptor 3 on (socket activation), the app takes those instead, once, and the variables are removed. Else the loop listens on the addresses of also_listen, too, which loops with TRIVET_LOOP_REUSE_PORT on its port share.
	loopTest       uint32 = 16 // For tests: no listener; connections come from trivet_app_inject, and trivet_app_advance puts the clock forward. Not together with what is said of a listener or a supervisor.
)

// Kinds of events.
const (
	eventRequest  uint32 = 1 // A request for a route without a handler: request, view, user_data of the route. The view stays valid until the request is answered.
	eventGone     uint32 = 2 // The client of an unanswered request closed its side: request, user_data of the route. The handle stays valid; it should still be answered, which may give TRIVET_E_GONE. status is TRIVET_E_GONE when the connection has ended, so that nothing can be sent any more; else the client may still be reading.
	eventWatch    uint32 = 3 // A watched descriptor is ready: fd, ready.
	eventDrained  uint32 = 4 // The drain is complete, the last event of a loop.
	eventReadable uint32 = 5 // After a trivet_request_read or trivet_form_open that gave TRIVET_E_AGAIN: there is content now, its end or its failure; or the form has ended. request, user_data of the route.
	eventWritable uint32 = 6 // After a trivet_reply_write that told the writer to wait: there is room again. Also what a posted TRIVET_POST_SSE_SUBSCRIBE gave, in status. request, user_data of the route; status is TRIVET_E_STALE when a posted step found that the request had ended, TRIVET_E_GONE when its client has gone.
	eventContent  uint32 = 7 // Answers a posted TRIVET_POST_READ: request, user_data of the route, content with the bytes, valid until the next one is posted or the request has ended, and status with TRIVET_OK, or why no more will come, TRIVET_E_STALE when the request has ended. Empty content with TRIVET_OK is the end.
	eventForm     uint32 = 8 // Answers a posted TRIVET_POST_FORM: request, user_data of the route, status as trivet_form_open gives it, but for TRIVET_E_AGAIN; TRIVET_E_STALE when the request has ended. From then on the thread that handles the request may ask for the form.
)

// Interest in, and readiness of, a watched descriptor.
const (
	watchRead  uint32 = 1 // Readable, or at its end.
	watchWrite uint32 = 2 // Writable.
	watchError uint32 = 4 // Readiness only: an error or hang-up.
)

// States of a loop.
const (
	stateServing  uint32 = 1 // Accepts and serves.
	stateDraining uint32 = 2 // Finishes what is in flight.
	stateDrained  uint32 = 3 // Nothing is left.
)

// Flags of a request view.
const (
	requestKeepAlive uint32 = 1 // The connection stays open after the answer.
	requestGone      uint32 = 2 // The client has closed its side.
)

// What a request is ready for.
const (
	readyRead  uint32 = 1 // As TRIVET_EVENT_READABLE.
	readyWrite uint32 = 2 // As TRIVET_EVENT_WRITABLE.
	readyGone  uint32 = 4 // As TRIVET_EVENT_GONE.
)

// Flags of a client.
const (
	clientSecured     uint32 = 1 // The connection is secured by TLS.
	clientForwarded   uint32 = 2 // Trusted proxies have said who it is.
	clientCertificate uint32 = 4 // The peer of the connection has shown a certificate, which was checked.
)

// Ready-made Content-Type fields.
const (
	contentNone    uint32 = 0 // No Content-Type from the engine; give one among the headers.
	contentText    uint32 = 1 // text/plain; charset=utf-8
	contentHTML    uint32 = 2 // text/html; charset=utf-8
	contentJSON    uint32 = 3 // application/json
	contentBytes   uint32 = 4 // application/octet-stream
	contentProblem uint32 = 5 // application/problem+json
	contentXml     uint32 = 6 // application/xml
)

// Lengths of an answer in pieces.
const (
	lengthUnknown uint64 = 18446744073709551615 // It is chunked, or ends with the connection for HTTP/1.0.
)

// What a posted record asks for.
const (
	postReply        uint32 = 0  // A whole answer, as trivet_reply_send.
	postRead         uint32 = 1  // trivet_request_read; the bytes come as TRIVET_EVENT_CONTENT.
	postBegin        uint32 = 2  // trivet_reply_begin with status, content, fields and length. A head that cannot be sent becomes a failure as of trivet_reply_fail.
	postWrite        uint32 = 3  // trivet_reply_write with the body. With status 1 TRIVET_EVENT_WRITABLE comes as soon as there is room, which may be at once.
	postEnd          uint32 = 4  // trivet_reply_end with the fields as trailers.
	postAbort        uint32 = 5  // trivet_reply_abort.
	postForm         uint32 = 6  // trivet_form_open; the outcome comes as TRIVET_EVENT_FORM. The body is a trivet_form_config, or empty for the defaults; its directory must last until the event.
	postSSEBegin     uint32 = 7  // trivet_sse_begin with the fields, heartbeat_ms in status and retry_ms in length (TRIVET_LENGTH_UNKNOWN: none). Events follow as WRITE, encoded by trivet_sse_encode. Fails as BEGIN does.
	postSSESubscribe uint32 = 8  // trivet_sse_subscribe with the fields and the hub in length: the thread's last record of the request. Bits of status: 1, the body is the last event id, else the request's field counts; 2, TRIVET_EVENT_WRITABLE tells the outcome, TRIVET_OK when what is published from then on reaches the client, and a failure that leaves the request unanswered leaves it to the poster. Without 2, TRIVET_E_LIMIT and a hub that is closed give 503, and other failures are as of trivet_reply_fail.
	postFile         uint32 = 9  // trivet_reply_file with status and fields, and the flags in length. The body is path, root, content type, download name and Cache-Control with a NUL between each two.
	postStatic       uint32 = 10 // trivet_reply_static, with the fields added to the answer as by trivet_reply_add_header.
)

// Flags of a file that a handler sends, for a path below a root.
const (
	fileDotFiles   uint32 = 1 // Names that begin with a dot may be sent.
	fileNoSymlinks uint32 = 2 // Symbolic links are not there.
)

// Moments of a fork without exec.
const (
	forkPrepare uint32 = 0 // In the parent, before.
	forkParent  uint32 = 1 // In the parent, afterwards, whether it succeeded or not.
	forkChild   uint32 = 2 // In the worker: serve, then give the process's exit code.
)

// Flags of a part.
const (
	partFile    uint32 = 1 // It came with a file name, be it empty.
	partSpooled uint32 = 2 // Its content lies in a temporary file without a name, and value is empty.
)

// Flags of trivet_form_save.
const (
	saveReplace uint32 = 1 // What has the path already is replaced in one step.
)

// Flags of an event: fields that are sent although they are empty.
const (
	sseEventID   uint32 = 1 // An empty id: the client forgets its Last-Event-ID.
	sseEventData uint32 = 2 // Empty data: without a data field clients drop an event, whatever its type.
)

// Flags of a hub.
const (
	sseHubOwnIds uint32 = 1 // Ids are the publisher's. Without it the hub gives each event an id of its own, which tells the hub and a number that grows by one, and an event that brings one is TRIVET_E_ARGUMENT.
)

// What becomes of a client that takes less than is published.
const (
	ssePolicyDropOldest uint32 = 0 // It misses the oldest events that wait for it.
	ssePolicyClose      uint32 = 1 // Its connection closes; a browser comes back with Last-Event-ID and gets what it missed.
	ssePolicyCoalesce   uint32 = 2 // It misses events that a later one of the same key superseded, then the oldest.
)

// Flags of a cookie. Without them it is as safe as it can be: sent over TLS alone, and out of
// the reach of scripts.
const (
	cookieInsecure    uint32 = 1 // Without Secure: sent over plain HTTP, too. Browsers take Secure cookies of plain HTTP from loopback addresses only.
	cookieScripts     uint32 = 2 // Without HttpOnly: document.cookie has it.
	cookiePartitioned uint32 = 4 // Partitioned: one jar for each site that embeds this one. Not with TRIVET_COOKIE_INSECURE.
)

// Which requests that other sites cause have the cookie.
const (
	sameSiteLax    uint32 = 0 // Those of links that a user follows.
	sameSiteStrict uint32 = 1 // None.
	sameSiteNone   uint32 = 2 // All. Not with TRIVET_COOKIE_INSECURE.
)

// Statuses of the ABI.
const (
	statusOK           int32 = 0
	statusArgument     int32 = -1
	statusMemory       int32 = -2
	statusStale        int32 = -3
	statusThread       int32 = -4
	statusState        int32 = -5
	statusPattern      int32 = -6
	statusConflict     int32 = -7
	statusAddressInUse int32 = -8
	statusAddress      int32 = -9
	statusEngine       int32 = -10
	statusSystem       int32 = -11
	statusGone         int32 = -12
	statusHeader       int32 = -13
	statusNotFound     int32 = -14
	statusLimit        int32 = -15
	statusAgain        int32 = -16
	statusTimeout      int32 = -17
	statusProtocol     int32 = -18
	statusMediaType    int32 = -19
)

// Error is a failed call. Two errors are the same to [errors.Is] when their statuses are.
type Error struct {
	Status  int32  // the status of the ABI
	Code    string // its name, for example TRIVET_E_STALE
	Message string // what failed, one line for people
	Detail  string // where, and what to do next; may be empty
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return "trivet: " + e.Message
	}
	return "trivet: " + e.Message + ": " + e.Detail
}

// Is reports whether target is an Error of the same status.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Status == e.Status
}

// The error of each status; match with [errors.Is].
var (
	// ErrArgument: An argument is missing, malformed or out of range.
	ErrArgument = &Error{Status: statusArgument, Code: "TRIVET_E_ARGUMENT", Message: "invalid argument"}
	// ErrMemory: Memory could not be had.
	ErrMemory = &Error{Status: statusMemory, Code: "TRIVET_E_MEMORY", Message: "out of memory"}
	// ErrStale: The handle's object has ended, was already answered, or belongs to another copy of
	// the library.
	ErrStale = &Error{Status: statusStale, Code: "TRIVET_E_STALE", Message: "the handle is no longer valid: its request was already answered"}
	// ErrThread: The function is tagged owner and was called from another thread.
	ErrThread = &Error{Status: statusThread, Code: "TRIVET_E_THREAD", Message: "called from a thread that does not own the loop"}
	// ErrState: The object is in a state that does not allow the call, for example a route added
	// after the first loop was made.
	ErrState = &Error{Status: statusState, Code: "TRIVET_E_STATE", Message: "not possible in this state"}
	// ErrPattern: A route pattern or method is malformed; the detail says where.
	ErrPattern = &Error{Status: statusPattern, Code: "TRIVET_E_PATTERN", Message: "malformed route pattern"}
	// ErrConflict: A route for the same method and the same paths exists; the detail names both
	// registrations.
	ErrConflict = &Error{Status: statusConflict, Code: "TRIVET_E_CONFLICT", Message: "the route is already registered"}
	// ErrAddressInUse: Another socket is bound to the address.
	ErrAddressInUse = &Error{Status: statusAddressInUse, Code: "TRIVET_E_ADDRESS_IN_USE", Message: "the address is already in use"}
	// ErrAddress: The host or port is malformed, not local, or not permitted; or there is something
	// else than a socket at the path of a Unix socket.
	ErrAddress = &Error{Status: statusAddress, Code: "TRIVET_E_ADDRESS", Message: "the address cannot be used"}
	// ErrEngine: engine = uring was asked for and the kernel or a filter refuses it; the detail
	// says why.
	ErrEngine = &Error{Status: statusEngine, Code: "TRIVET_E_ENGINE", Message: "the requested engine is not available"}
	// ErrSystem: The operating system refused; the detail names the call and its error.
	ErrSystem = &Error{Status: statusSystem, Code: "TRIVET_E_SYSTEM", Message: "a system call failed"}
	// ErrGone: The connection ended before the answer; the request handle is released.
	ErrGone = &Error{Status: statusGone, Code: "TRIVET_E_GONE", Message: "the client has gone"}
	// ErrHeader: A response field name is not a token, or a value contains CR, LF or NUL, or the
	// field is one the engine writes itself (Content-Length, Transfer-Encoding, Connection).
	ErrHeader = &Error{Status: statusHeader, Code: "TRIVET_E_HEADER", Message: "a header name or value contains a forbidden byte"}
	// ErrNotFound: No item of that name: header, query parameter, cookie, timer or watch.
	ErrNotFound = &Error{Status: statusNotFound, Code: "TRIVET_E_NOT_FOUND", Message: "not found"}
	// ErrLimit: A named limit does not allow one more; the detail names it.
	ErrLimit = &Error{Status: statusLimit, Code: "TRIVET_E_LIMIT", Message: "a limit was reached"}
	// ErrAgain: There is nothing now; the caller is told when there is.
	ErrAgain = &Error{Status: statusAgain, Code: "TRIVET_E_AGAIN", Message: "nothing has come yet"}
	// ErrTimeout: What was awaited did not come in time.
	ErrTimeout = &Error{Status: statusTimeout, Code: "TRIVET_E_TIMEOUT", Message: "the client was too slow"}
	// ErrProtocol: What came breaks the protocol, for example the framing of chunked content.
	ErrProtocol = &Error{Status: statusProtocol, Code: "TRIVET_E_PROTOCOL", Message: "the client's message is malformed"}
	// ErrMediaType: The content of a request is of another type than was asked for, for example no
	// form.
	ErrMediaType = &Error{Status: statusMediaType, Code: "TRIVET_E_MEDIA_TYPE", Message: "the content is of another type than was asked for"}
)

// errorByStatus finds the value above; its index is the negated status.
var errorByStatus = [20]*Error{
	1:  ErrArgument,
	2:  ErrMemory,
	3:  ErrStale,
	4:  ErrThread,
	5:  ErrState,
	6:  ErrPattern,
	7:  ErrConflict,
	8:  ErrAddressInUse,
	9:  ErrAddress,
	10: ErrEngine,
	11: ErrSystem,
	12: ErrGone,
	13: ErrHeader,
	14: ErrNotFound,
	15: ErrLimit,
	16: ErrAgain,
	17: ErrTimeout,
	18: ErrProtocol,
	19: ErrMediaType,
}
