package trivet

// #include "bridge.h"
import "C"

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Middleware is a piece of middleware that runs in the engine, in C++, before anything of the program,
// and costs no call. It is mounted with [App.Use] and [Group.Use], or given to a route or a group as an
// option:
//
//	app.Use(trivet.RequestID(trivet.RequestIDOptions{}))
//	admin := app.Group("/admin", trivet.Bearer(trivet.BearerOptions{Tokens: tokens}))
//
// The order on a route is fixed: limits, trace, security, authentication; then hooks and the handler;
// and what [Compress] and [ETag] make of the answer.
// Of a kind that is mounted in several places the innermost counts, and of authentication each does.
type Middleware struct {
	kind    string
	options []Field
}

// Kind is what `trivet routes -v` shows.
func (m *Middleware) Kind() string { return m.kind }

func (m *Middleware) applyGroup(s *scope) { s.middleware = append(s.middleware, m) }
func (m *Middleware) applyRoute(r *route) { m.applyGroup(&r.scope) }

func (m *Middleware) add(name, value string) {
	m.options = append(m.options, Field{name, value})
}

func (m *Middleware) addText(name, value string) {
	if value != "" {
		m.add(name, value)
	}
}

func (m *Middleware) addEach(name string, values []string) {
	for _, value := range values {
		m.add(name, value)
	}
}

func (m *Middleware) addFlag(name string, isOn bool) {
	if isOn {
		m.add(name, "true")
	}
}

func (m *Middleware) addOff(isOff bool) {
	if isOff {
		m.add("enabled", "false")
	}
}

// addNumber says a number unless it is 0, the default.
func (m *Middleware) addNumber(name string, value int) {
	if value != 0 {
		m.add(name, strconv.Itoa(value))
	}
}

func (m *Middleware) addSeconds(name string, value time.Duration) {
	m.add(name, strconv.FormatInt(int64(value/time.Second), 10))
}

// Use mounts middleware of the engine on all routes, of those that are there already too. That of
// the app holds for requests without a route as well.
func (g *routing) Use(middleware ...*Middleware) {
	place := callerSite(1)
	g.app.mu.Lock()
	defer g.app.mu.Unlock()
	if g.isBroken {
		return
	}
	if err := g.mount(middleware); err != nil {
		g.app.errs = append(g.app.errs, fmt.Errorf("middleware (%s): %w", place, err))
	}
}

// mount mounts it on the app or the group; the caller holds a.mu.
func (g *routing) mount(middleware []*Middleware) error {
	if err := g.app.checkOpen(); err != nil {
		return err
	}
	made, err := g.app.makeMiddleware(middleware)
	if err != nil {
		return err
	}
	for _, one := range made {
		if status := C.trivet_app_use(g.app.engine, g.group, one); status != 0 {
			return statusError(status)
		}
	}
	return nil
}

// makeMiddleware gives the engine's own for each, which are made once; the caller holds a.mu.
func (a *App) makeMiddleware(middleware []*Middleware) ([]*C.trivet_middleware, error) {
	made := make([]*C.trivet_middleware, len(middleware))
	for i, m := range middleware {
		if m == nil {
			return nil, withDetail(ErrArgument, "middleware is nil")
		}
		if made[i] = a.middleware[m]; made[i] != nil {
			continue
		}
		var packed []byte
		for _, option := range m.options {
			packed = appendItem(packed, option.Name, option.Value)
		}
		var failure *C.trivet_error
		status := C.trivet_go_middleware(a.engine, engineString(m.kind), bytesAt(packed),
			C.size_t(len(m.options)), &made[i], &failure)
		if err := takeError(status, failure); err != nil {
			return nil, err
		}
		if a.middleware == nil {
			a.middleware = make(map[*Middleware]*C.trivet_middleware)
		}
		a.middleware[m] = made[i]
	}
	return made, nil
}

// BodyLimit answers 413 to longer content. A limit of the route or group itself goes before it.
func BodyLimit(bytesMax int) *Middleware {
	m := &Middleware{kind: "body_limit"}
	m.add("bytes", strconv.Itoa(bytesMax))
	return m
}

// Timeout answers 503 when the handler has not begun its answer within that time.
func Timeout(limit time.Duration) *Middleware {
	m := &Middleware{kind: "timeout"}
	m.add("ms", strconv.FormatInt(limit.Milliseconds(), 10))
	return m
}

// RequestIDOptions are the options of [RequestID].
type RequestIDOptions struct {
	Header string // the field; X-Request-Id unless given
	// Trust takes the id that a request brings, where it is harmless text: for apps behind a proxy
	// that sets it.
	Trust    bool
	IsSilent bool // does not send it back
}

// RequestID gives each request an id, [Ctx.RequestID], and sends it back in the field.
func RequestID(o RequestIDOptions) *Middleware {
	m := &Middleware{kind: "request_id"}
	m.addText("header", o.Header)
	m.addFlag("trust", o.Trust)
	if o.IsSilent {
		m.add("response", "false")
	}
	return m
}

// TraceContextOptions are the options of [TraceContext].
type TraceContextOptions struct {
	Sampled  bool // said of traces that begin here
	Response bool // sends the field traceresponse
}

// TraceContext goes on with the trace of a request (W3C Trace Context), or begins one.
// [Ctx.Attribute] of "traceparent" is what goes along with requests of the program.
func TraceContext(o TraceContextOptions) *Middleware {
	m := &Middleware{kind: "trace_context"}
	m.addFlag("sampled", o.Sampled)
	m.addFlag("response", o.Response)
	return m
}

// CORSOptions are the options of [CORS].
type CORSOptions struct {
	Origins     []string // "https://app.example.com", "https://*.example.com", or "*"
	Methods     []string // those that a path has, unless given
	Headers     []string // fields that a page may send
	Expose      []string // fields of answers that a page may read
	Credentials bool
	MaxAge      time.Duration // for which a browser remembers what it was told; 0: as it likes
}

// CORS lets pages of other origins read answers, and answers what browsers ask before.
func CORS(o CORSOptions) *Middleware {
	m := &Middleware{kind: "cors"}
	m.addEach("origin", o.Origins)
	m.addEach("method", o.Methods)
	m.addEach("header", o.Headers)
	m.addEach("expose", o.Expose)
	m.addFlag("credentials", o.Credentials)
	if o.MaxAge != 0 {
		m.addSeconds("max_age", o.MaxAge)
	}
	return m
}

// SecurityHeadersOptions are the options of [SecurityHeaders]. "off" leaves a field out.
type SecurityHeadersOptions struct {
	// CSP has a directive with its sources each: "script-src 'self' 'nonce'". The source 'nonce' is
	// another number in each answer, [Ctx.Nonce].
	CSP           []string
	CSPReportOnly bool
	Frame         string // "deny" (unless given), "sameorigin" or "off"
	AllowSniffing bool   // leaves X-Content-Type-Options out
	Referrer      string // a policy; strict-origin-when-cross-origin unless given
	// Permissions has a feature and who may use it each: "camera=()", "geolocation=(self)".
	Permissions   []string
	XSSProtection string // "0" unless given
	// HSTS, Strict-Transport-Security, is for sites that TLS alone leads to; 0: none.
	HSTS           time.Duration
	HSTSSubdomains bool
	HSTSPreload    bool
}

// SecurityHeaders sends the fields that make browsers careful. What a handler says itself goes
// before.
func SecurityHeaders(o SecurityHeadersOptions) *Middleware {
	m := &Middleware{kind: "security_headers"}
	m.addEach("csp", o.CSP)
	m.addFlag("csp_report_only", o.CSPReportOnly)
	m.addText("frame", o.Frame)
	if o.AllowSniffing {
		m.add("nosniff", "false")
	}
	m.addText("referrer", o.Referrer)
	m.addEach("permissions", o.Permissions)
	m.addText("xss_protection", o.XSSProtection)
	if o.HSTS != 0 {
		m.addSeconds("hsts", o.HSTS)
	}
	m.addFlag("hsts_subdomains", o.HSTSSubdomains)
	m.addFlag("hsts_preload", o.HSTSPreload)
	return m
}

// Principal is whom credentials belong to. [Ctx.Principal] is who has proven to be it.
type Principal struct {
	Scheme  string // how it was proven: "bearer", "api_key" or "basic"; left empty in options
	Subject string // its name; "" where nobody has said one
	Scopes  []string
	Claims  map[string]string
}

// Credential is a secret and whom it belongs to.
type Credential struct {
	Secret string
	Principal
}

func (m *Middleware) addPrincipal(p Principal) {
	m.addText("subject", p.Subject)
	m.addText("scope", strings.Join(p.Scopes, " "))
	for name, value := range p.Claims {
		m.add("claim", name+"="+value)
	}
}

func (m *Middleware) addCredentials(name string, list []Credential) {
	for _, credential := range list {
		m.add(name, credential.Secret)
		m.addPrincipal(credential.Principal)
	}
}

// BearerOptions are the options of [Bearer].
type BearerOptions struct {
	Tokens []Credential
	Realm  string // told to clients that bring no valid credentials
	// Optional lets requests without credentials pass, for [Require] further in; wrong ones never.
	Optional bool
}

// Bearer demands Authorization: Bearer with one of the tokens; anything else is a 401.
func Bearer(o BearerOptions) *Middleware {
	m := &Middleware{kind: "bearer"}
	m.addCredentials("token", o.Tokens)
	m.addText("realm", o.Realm)
	m.addFlag("optional", o.Optional)
	return m
}

// APIKeyOptions are the options of [APIKey].
type APIKeyOptions struct {
	Keys   []Credential
	Header string // the field; X-API-Key unless given
	// Query is a query parameter, for clients that can send no field: queries end up in logs.
	Query    string
	Realm    string
	Optional bool // as of [BearerOptions]
}

// APIKey demands one of the keys in a field, or in a query parameter; else as [Bearer].
func APIKey(o APIKeyOptions) *Middleware {
	m := &Middleware{kind: "api_key"}
	m.addText("header", o.Header)
	m.addText("query", o.Query)
	m.addCredentials("key", o.Keys)
	m.addText("realm", o.Realm)
	m.addFlag("optional", o.Optional)
	return m
}

// User is a user with its password. Its subject is the name unless it has another one.
type User struct {
	Name, Password string
	Principal
}

// BasicOptions are the options of [Basic].
type BasicOptions struct {
	Users    []User
	Realm    string
	Optional bool // as of [BearerOptions]
}

// Basic demands Authorization: Basic with a user and its password; else as [Bearer].
func Basic(o BasicOptions) *Middleware {
	m := &Middleware{kind: "basic"}
	for _, user := range o.Users {
		m.add("user", user.Name)
		m.add("password", user.Password)
		m.addPrincipal(user.Principal)
	}
	m.addText("realm", o.Realm)
	m.addFlag("optional", o.Optional)
	return m
}

// RequireOptions are the options of [Require].
type RequireOptions struct {
	Schemes []string // any of "bearer", "api_key" and "basic"; those that are mounted unless given
	Scopes  []string // all of them
	Claims  map[string]string
}

// Require demands credentials of one of the schemes that are mounted. Without any it is a 401; where
// the principal lacks a scope, or has another value of a claim, a 403.
func Require(o RequireOptions) *Middleware {
	m := &Middleware{kind: "require"}
	m.addEach("scheme", o.Schemes)
	m.addEach("scope", o.Scopes)
	for name, value := range o.Claims {
		m.add("claim", name+"="+value)
	}
	return m
}

// CompressOptions are the options of [Compress].
type CompressOptions struct {
	Codings  []string // of those that a client likes as much, the first; zstd, br, gzip unless given
	MinBytes int      // shorter whole answers leave as they are; 1024 unless given
	MaxBytes int      // longer whole answers leave as they are; 8 MiB unless given
	// Types are those to encode: "text/html", "text/*", "+json". "default" stands for text, JSON, XML
	// and the like, and is taken unless some are given. Event streams have to be named.
	Types     []string
	ZstdLevel int // 3 unless given
	BrLevel   int // 4 unless given
	GzipLevel int // 5 unless given
	// Off turns off what is mounted further out: where a page reflects what a client sent beside a
	// secret, its size would tell of it.
	Off bool
}

// Compress encodes answers with what the client likes best: whole ones, and those in pieces, each of
// which can be decoded when it has come.
func Compress(o CompressOptions) *Middleware {
	m := &Middleware{kind: "compress"}
	m.addEach("coding", o.Codings)
	m.addEach("type", o.Types)
	m.addNumber("min_bytes", o.MinBytes)
	m.addNumber("max_bytes", o.MaxBytes)
	m.addNumber("zstd_level", o.ZstdLevel)
	m.addNumber("br_level", o.BrLevel)
	m.addNumber("gzip_level", o.GzipLevel)
	m.addOff(o.Off)
	return m
}

// ETagOptions are the options of [ETag].
type ETagOptions struct {
	Strong   bool // names the bytes sent, which have to be encoded first; else the content
	MaxBytes int  // longer content has no tag of the engine's; 1 MiB unless given
	Off      bool // turns off what is mounted further out
}

// ETag gives whole answers to GET an ETag, a hash of the content, and answers 304 to who has that
// one already. An ETag, or a Last-Modified, of the handler's own counts as well.
func ETag(o ETagOptions) *Middleware {
	m := &Middleware{kind: "etag"}
	m.addFlag("strong", o.Strong)
	m.addNumber("max_bytes", o.MaxBytes)
	m.addOff(o.Off)
	return m
}
