package trivet

// #include "bridge.h"
import "C"

import (
	"fmt"
	"math"
	"time"
	"unsafe"
)

// Engine names the kernel interface that moves the bytes.
type Engine string

// The engines. The environment variable TRIVET_ENGINE overrides EngineAuto.
const (
	EngineAuto  Engine = "auto"  // io_uring where the kernel allows it, else epoll
	EngineUring Engine = "uring" // io_uring or an error
	EngineEpoll Engine = "epoll"
)

// Profile says how much memory a loop takes for speed.
type Profile string

// The profiles: what BufferCount and BufferBytes are when they are not set.
const (
	ProfileDefault        Profile = "default"         // 256 receive buffers of 8 KiB
	ProfileLowMemory      Profile = "low-memory"      // 32 of 4 KiB
	ProfileHighThroughput Profile = "high-throughput" // 1024 of 16 KiB
)

// Forwarded says which fields trusted proxies write. It cannot be seen from a request: a proxy that
// writes one kind passes the other on as the client sent it.
type Forwarded string

// The kinds.
const (
	ForwardedX      Forwarded = "x-forwarded" // X-Forwarded-For and X-Forwarded-Proto
	ForwardedRFC    Forwarded = "forwarded"   // Forwarded, RFC 7239
	ForwardedEither Forwarded = "either"      // for proxies that remove what they do not write
)

// Config holds limits, timeouts and the like of an app, for [New]. A zero field stays what
// trivet.toml or the environment (TRIVET_WORKERS, TRIVET_IDLE_TIMEOUT_MS …) say, else the default.
type Config struct {
	Engine   Engine // default EngineAuto
	LogLevel Level  // default LogInfo

	TLS *TLS // secures the connections; nil: as trivet.toml or the environment says

	// Addresses and blocks like 10.0.0.0/8 between commas, and unix for the peers of Unix sockets:
	// proxies that are believed who has sent a request, see [Ctx.Client].
	TrustedProxies string
	Forwarded      Forwarded // which fields they write, default ForwardedX
	ForwardedHost  bool      // they write X-Forwarded-Host, too, so that it is not the client's

	// The connections to host and port begin with a PROXY protocol header, of TrustedProxies.
	ProxyProtocol bool

	Host string // address or unix:/path for Listen(""), default 127.0.0.1
	Port int    // port for Listen(""), default 8000
	// Further addresses to listen on, as 0.0.0.0:80, [::]:80 and unix:/path between commas, each with
	// the words plain (no TLS) and proxy (PROXY protocol) behind it.
	AlsoListen string

	Compress         bool   // answers are compressed, where the program mounts no other Compress
	CompressMinBytes int    // shorter ones leave as they are, default 1024
	ETag             bool   // answers have an ETag, where the program mounts no other
	StaticFolders    string // folders to serve, as /assets=public between commas

	Workers int // processes to serve with, at most 1024; see [App.Listen] for the default
	Threads int // loops in each process, at most 64; see [App.Listen] for the default

	TargetBytesMax           int           // longest request target, default 8192; beyond it 414
	HeadBytesMax             int           // request line and header block, default 32768; beyond it 431
	HeaderCountMax           int           // header fields, default 100, at most 1000; beyond it 431
	BodyBytesMax             int           // request content, default 1 MiB; beyond it 413
	BodyDecompress           bool          // content in gzip, deflate, br or zstd arrives decoded
	BodyRatioMax             int           // decoded content to what came, default 100; beyond it 413
	ConnectionsMax           int           // open connections of one loop, default 65536
	ConnectionsPerAddressMax int           // of one address or IPv6 /64, default 4096
	RequestsMax              int           // unanswered requests of one loop, default 16384; beyond it 503
	RequestsPerConnectionMax int           // requests of one connection, default 1,000,000
	BodyRateMin              int           // bytes a second of content on average, default 240; below it 408
	SendRateMin              int           // bytes a second a client must take, default 240
	HeadTimeout              time.Duration // for the whole header block, default 15 s; beyond it 408
	BodyTimeout              time.Duration // longest silence within content, default 30 s; beyond it 408
	IdleTimeout              time.Duration // longest silence between requests, default 75 s
	SendTimeout              time.Duration // longest time a client may take nothing, default 30 s
	RequestTimeout           time.Duration // from a request to the beginning of its answer, default 5 min; 503
	KeepAliveTimeout         time.Duration // longest silence after an answer, default IdleTimeout

	StartTimeout    time.Duration // from a worker's start to its readiness, default 30 s
	ShutdownTimeout time.Duration // from drain to the forced end, default 30 s
	Backlog         int           // connections not yet accepted, default 4096
	Profile         Profile       // default ProfileDefault
	BufferCount     int           // receive buffers of one loop, a power of two; as Profile says
	BufferBytes     int           // size of one receive buffer; as Profile says
}

// The engine's number of each name is its place.
var (
	engines    = [...]Engine{engineAuto: EngineAuto, engineUring: EngineUring, engineEpoll: EngineEpoll}
	forwardeds = [...]Forwarded{
		forwardedX:      ForwardedX,
		forwardedRfc:    ForwardedRFC,
		forwardedEither: ForwardedEither,
	}
	profiles = [...]Profile{
		profileDefault:        ProfileDefault,
		profileLowMemory:      ProfileLowMemory,
		profileHighThroughput: ProfileHighThroughput,
	}
)

// Unlimited turns a limit of [Config] off where that is possible: ConnectionsPerAddressMax,
// RequestTimeout, BodyRateMin and SendRateMin. A zero would leave it as it is.
const Unlimited = -1

// configField is a field of both configurations: a number, or a time in milliseconds.
type configField struct {
	name        string
	value       *int
	time        *time.Duration
	to          *C.uint32_t
	isUnlimited bool // for a zero of the engine, which is Unlimited here
}

func (c *Config) fields(engine *C.trivet_app_config) []configField {
	return []configField{
		{name: "Port", value: &c.Port, to: &engine.port},
		{name: "Workers", value: &c.Workers, to: &engine.workers},
		{name: "Threads", value: &c.Threads, to: &engine.threads},
		{name: "TargetBytesMax", value: &c.TargetBytesMax, to: &engine.target_bytes_max},
		{name: "HeadBytesMax", value: &c.HeadBytesMax, to: &engine.head_bytes_max},
		{name: "HeaderCountMax", value: &c.HeaderCountMax, to: &engine.header_count_max},
		{name: "ConnectionsMax", value: &c.ConnectionsMax, to: &engine.connections_max},
		{name: "ConnectionsPerAddressMax", value: &c.ConnectionsPerAddressMax, to: &engine.connections_per_address_max, isUnlimited: true},
		{name: "RequestsMax", value: &c.RequestsMax, to: &engine.requests_max},
		{name: "RequestsPerConnectionMax", value: &c.RequestsPerConnectionMax, to: &engine.requests_per_connection_max},
		{name: "BodyRateMin", value: &c.BodyRateMin, to: &engine.body_rate_min, isUnlimited: true},
		{name: "SendRateMin", value: &c.SendRateMin, to: &engine.send_rate_min, isUnlimited: true},
		{name: "BodyRatioMax", value: &c.BodyRatioMax, to: &engine.body_ratio_max},
		{name: "HeadTimeout", time: &c.HeadTimeout, to: &engine.head_timeout_ms},
		{name: "BodyTimeout", time: &c.BodyTimeout, to: &engine.body_timeout_ms},
		{name: "IdleTimeout", time: &c.IdleTimeout, to: &engine.idle_timeout_ms},
		{name: "SendTimeout", time: &c.SendTimeout, to: &engine.send_timeout_ms},
		{name: "RequestTimeout", time: &c.RequestTimeout, to: &engine.request_timeout_ms, isUnlimited: true},
		{name: "KeepAliveTimeout", time: &c.KeepAliveTimeout, to: &engine.keep_alive_timeout_ms},
		{name: "StartTimeout", time: &c.StartTimeout, to: &engine.start_timeout_ms},
		{name: "ShutdownTimeout", time: &c.ShutdownTimeout, to: &engine.shutdown_timeout_ms},
		{name: "CompressMinBytes", value: &c.CompressMinBytes, to: &engine.compress_min_bytes},
		{name: "Backlog", value: &c.Backlog, to: &engine.backlog},
		{name: "BufferCount", value: &c.BufferCount, to: &engine.buffer_count},
		{name: "BufferBytes", value: &c.BufferBytes, to: &engine.buffer_bytes},
	}
}

// write puts what is set into the engine's configuration.
func (c Config) write(engine *C.trivet_app_config) error {
	number, ok := numberOf(engines[:], c.Engine, uint32(engine.engine))
	if !ok {
		return withDetail(ErrArgument, "engine %q; there are auto, uring and epoll", c.Engine)
	}
	engine.engine = C.uint32_t(number)
	if number, ok = numberOf(profiles[:], c.Profile, uint32(engine.profile)); !ok {
		return withDetail(ErrArgument,
			"profile %q; there are default, low-memory and high-throughput", c.Profile)
	}
	engine.profile = C.uint32_t(number)
	if number, ok = numberOf(forwardeds[:], c.Forwarded, uint32(engine.forwarded)); !ok {
		return withDetail(ErrArgument,
			"forwarded %q; there are x-forwarded, forwarded and either", c.Forwarded)
	}
	engine.forwarded = C.uint32_t(number)
	if c.ForwardedHost {
		engine.forwarded_host = 1
	}
	if c.ProxyProtocol {
		engine.proxy_protocol = 1
	}
	if c.Compress {
		engine.compress = 1
	}
	if c.ETag {
		engine.etag = 1
	}
	if c.TLS != nil {
		if err := c.TLS.write(engine); err != nil {
			return err
		}
	}
	if c.LogLevel != 0 {
		engine.log_level = C.uint32_t(c.LogLevel)
	}
	if c.BodyDecompress {
		engine.body_decompress = 1
	}
	if c.BodyBytesMax < 0 {
		return withDetail(ErrArgument, "BodyBytesMax is negative")
	}
	if c.BodyBytesMax > 0 {
		engine.body_bytes_max = C.uint64_t(c.BodyBytesMax)
	}
	for _, field := range c.fields(engine) {
		value := 0
		if field.time != nil {
			value = milliseconds(*field.time)
		} else {
			value = *field.value
		}
		if value == Unlimited && field.isUnlimited {
			*field.to = 0
			continue
		}
		if value < 0 || value > math.MaxUint32 {
			return withDetail(ErrArgument, "%s is out of range", field.name)
		}
		if value > 0 {
			*field.to = C.uint32_t(value)
		}
	}
	return nil
}

// read takes the engine's configuration.
func (c *Config) read(engine *C.trivet_app_config) {
	c.Engine, c.Profile = engines[engine.engine], profiles[engine.profile]
	c.LogLevel = Level(engine.log_level)
	c.Host = goString(engine.host)
	c.TLS = tlsOf(engine)
	c.TrustedProxies = goString(engine.trusted_proxies)
	c.Forwarded = forwardeds[engine.forwarded]
	c.ForwardedHost = engine.forwarded_host != 0
	c.ProxyProtocol = engine.proxy_protocol != 0
	c.AlsoListen = goString(engine.also_listen)
	c.Compress, c.ETag = engine.compress != 0, engine.etag != 0
	c.StaticFolders = goString(engine.static_folders)
	c.BodyBytesMax = int(engine.body_bytes_max)
	c.BodyDecompress = engine.body_decompress != 0
	for _, field := range c.fields(engine) {
		switch {
		case field.isUnlimited && *field.to == 0 && field.time != nil:
			*field.time = Unlimited
		case field.isUnlimited && *field.to == 0:
			*field.value = Unlimited
		case field.time != nil:
			*field.time = time.Duration(*field.to) * time.Millisecond
		default:
			*field.value = int(*field.to)
		}
	}
}

// numberOf finds the engine's number of a name; the present one for none.
func numberOf[Name ~string](names []Name, name Name, present uint32) (number uint32, ok bool) {
	if name == "" {
		return present, true
	}
	for i, known := range names {
		if known == name {
			return uint32(i), true
		}
	}
	return 0, false
}

func (c Config) applyApp(a *App) {
	if err := a.configure(c, false); err != nil {
		a.errs = append(a.errs, fmt.Errorf("configuration: %w", err))
	}
}

// configure changes what is set in c; the port in any case when hasPort, for 0 is one. The caller
// holds a.mu, or is the only one to know the app.
func (a *App) configure(c Config, hasPort bool) error {
	if a.engine == nil {
		return nil
	}
	config, err := a.engineConfig()
	if err == nil {
		err = c.write(&config)
	}
	if err != nil {
		return err
	}
	if hasPort {
		config.port = C.uint32_t(c.Port)
	}
	texts, err := c.texts(&config)
	if err != nil {
		return err
	}
	var failure *C.trivet_error
	status := C.trivet_go_configure(a.engine, &config, texts, &failure)
	return takeError(status, failure)
}

// texts are those that hold with what is set.
func (c Config) texts(config *C.trivet_app_config) (texts C.trivet_go_config_texts, err error) {
	texts = C.trivet_go_config_texts{
		host:            config.host,
		tls_certificate: config.tls_certificate,
		tls_key:         config.tls_key,
		tls_staple:      config.tls_staple,
		tls_client_ca:   config.tls_client_ca,
		trusted_proxies: config.trusted_proxies,
		also_listen:     config.also_listen,
		static_folders:  config.static_folders,
	}
	if c.Host != "" {
		texts.host = engineString(c.Host)
	}
	if c.TrustedProxies != "" {
		texts.trusted_proxies = engineString(c.TrustedProxies)
	}
	if c.AlsoListen != "" {
		texts.also_listen = engineString(c.AlsoListen)
	}
	if c.StaticFolders != "" {
		texts.static_folders = engineString(c.StaticFolders)
	}
	if c.TLS != nil {
		err = c.TLS.addTexts(&texts)
	}
	return texts, err
}

// engineConfig is the engine's present configuration.
func (a *App) engineConfig() (config C.trivet_app_config, err error) {
	config.size = C.uint32_t(unsafe.Sizeof(config))
	var failure *C.trivet_error
	err = takeError(C.trivet_app_get_config(a.engine, &config, &failure), failure)
	return config, err
}

// Config tells the configuration that holds: what the program has set, and for the rest what the
// environment, trivet.toml and the defaults say.
func (a *App) Config() (Config, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.effective()
}

// effective is [App.Config]; the caller holds a.mu.
func (a *App) effective() (c Config, err error) {
	if a.isFrozen {
		return a.config, nil
	}
	if a.engine == nil {
		return Config{}, withDetail(ErrState, "the app is closed")
	}
	engine, err := a.engineConfig()
	if err == nil {
		c.read(&engine)
	}
	return c, err
}

// milliseconds rounds up, so that a short time does not become none.
func milliseconds(d time.Duration) int {
	if d <= 0 {
		return int(d)
	}
	return int((d + time.Millisecond - 1) / time.Millisecond)
}
