package trivet

// #include "bridge.h"
import "C"

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unsafe"
)

// StaticConfig says how a folder is served. It is one more option of [App.Static].
type StaticConfig struct {
	// Index is the file that stands for a directory; index.html when it is empty.
	Index string
	// NoIndex has directories not be there.
	NoIndex bool
	// Fallback is the file, below the folder, that stands for paths without an extension that are not
	// there, as single-page apps want it.
	Fallback string
	// CacheControl is that of every file that no rule matches; no-cache when it is empty.
	CacheControl string
	// NoCacheControl leaves the field out where no rule matches.
	NoCacheControl bool
	// CacheRules are tried in their order; the first that matches counts.
	CacheRules []CacheRule
	// Types are media types by extension, without the dot, which beat those that the engine knows.
	Types map[string]string
	// DotFiles serves names that begin with a dot; .well-known is served in any case.
	DotFiles bool
	// NoSymlinks has symbolic links not be there; else those are followed that stay in the folder.
	NoSymlinks bool
	// NoPrecompressed has name.br, name.zst and name.gz not stand for name.
	NoPrecompressed bool
}

// CacheRule is the Cache-Control of files whose path matches a pattern: * is any run of bytes, ? any
// one, and a pattern without a slash is held against the name of the file.
type CacheRule struct{ Pattern, Value string }

func (s StaticConfig) applyRoute(r *route) { r.static = &s }

// Static serves a folder below a prefix, by the engine: GET and HEAD with ETag, Last-Modified,
// preconditions and ranges, in the coding that the client wants where there are precompressed files. A
// change on disk is served within two seconds, and no path leads out of the folder. Options are those of
// a route and a [StaticConfig]. A folder with hooks around it comes through Go; one without them never
// does.
//
//	app.Static("/assets", "public", trivet.StaticConfig{CacheRules: []trivet.CacheRule{
//		{"*.html", "no-cache"},
//		{"*", "public, max-age=31536000, immutable"},
//	}})
func (g *routing) Static(prefix, directory string, options ...RouteOption) {
	r := &route{handler: sendStatic, routing: g, methods: "GET", static: &StaticConfig{}}
	r.doc.isHidden = true
	for _, option := range options {
		option.applyRoute(r)
	}
	r.place = callerSite(1)
	r.pattern = g.prefix + strings.TrimSuffix(prefix, "/") + "/{path:path}"
	g.app.mu.Lock()
	defer g.app.mu.Unlock()
	if g.isBroken {
		return
	}
	if err := g.app.registerStatic(prefix, directory, r); err != nil {
		g.app.refuse("GET", r.pattern, r.place, err)
	}
}

func (s *StaticConfig) flags() (flags uint32) {
	flags = staticDelivered
	if s.DotFiles {
		flags |= staticDotFiles
	}
	if s.NoSymlinks {
		flags |= staticNoSymlinks
	}
	if s.NoPrecompressed {
		flags |= staticNoVariants
	}
	return flags
}

func (s *StaticConfig) index() string {
	if s.NoIndex {
		return ""
	}
	return orElse(s.Index, "index.html")
}

func (s *StaticConfig) cacheControl() string {
	if s.NoCacheControl {
		return ""
	}
	return orElse(s.CacheControl, "no-cache")
}

// pack is what of it is text, as bridge.c reads it: index and fallback, Cache-Control and the folder,
// the rules, the types.
func (s *StaticConfig) pack(directory string) (packed []byte) {
	packed = appendItem(packed, s.index(), s.Fallback)
	packed = appendItem(packed, s.cacheControl(), directory)
	for _, rule := range s.CacheRules {
		packed = appendItem(packed, rule.Pattern, rule.Value)
	}
	for _, extension := range slices.Sorted(maps.Keys(s.Types)) {
		packed = appendItem(packed, extension, s.Types[extension])
	}
	return packed
}

// registerStatic is register for a folder; the caller holds a.mu.
func (a *App) registerStatic(prefix, directory string, r *route) error {
	err := a.checkOpen()
	switch {
	case err != nil:
		return err
	case r.err != nil:
		return r.err
	case r.streams || r.isSSE || r.isInline || r.bodySchema != "" || r.status != 0:
		return withDetail(ErrArgument, "a folder has no handler that this option could be for")
	}
	limits, err := r.limits.engine()
	if err != nil {
		return err
	}
	middleware, err := a.makeMiddleware(r.middleware)
	if err != nil {
		return err
	}
	metadata, count := r.packMetadata()
	texts := r.static.pack(directory)
	var failure *C.trivet_error
	status := C.trivet_go_static(a.engine, r.routing.group, engineString(prefix), bytesAt(texts),
		C.size_t(len(r.static.CacheRules)), C.size_t(len(r.static.Types)),
		C.uint32_t(r.static.flags()), engineString(r.name), engineString(r.host),
		engineString(r.place), bytesAt(metadata), C.size_t(count), limits,
		unsafe.SliceData(middleware), C.size_t(len(middleware)), C.uintptr_t(len(a.table)), &failure)
	if status != 0 {
		return takeError(status, failure)
	}
	a.table = append(a.table, r)
	return nil
}

// deliverStatic has requests of a folder come to its hooks, if it has any.
func (a *App) deliverStatic(number int, r *route) error {
	if r.static == nil {
		return nil
	}
	before, around, after := r.hooks()
	isDelivered := C.uint32_t(0)
	if len(before)+len(around)+len(after) > 0 {
		isDelivered = 1
	}
	return statusError(C.trivet_app_deliver_static(a.engine, C.size_t(number-1), isDelivered))
}

// sendStatic is the handler of a folder's route, behind its hooks.
func sendStatic(c *Ctx) error {
	return c.sendFile(response{kind: postStatic}, "")
}

// FileOptions says how a file is sent.
type FileOptions struct {
	// Root is a directory that the path must not leave: then the path may be a client's text, and what
	// leads out, by dots or by links, is not there.
	Root string
	// ContentType is that of the file's extension when it is empty.
	ContentType string
	// Download is the name to save the file under; empty: it is to be shown.
	Download string
	// CacheControl is left out when it is empty.
	CacheControl string
	// DotFiles sends names below Root that begin with a dot.
	DotFiles bool
	// NoSymlinks has symbolic links below Root not be there; else those are followed that stay there.
	NoSymlinks bool
}

// SendFile answers with a file, which the engine sends: with ETag, Last-Modified, preconditions and
// ranges as [App.Static] does, unless another status than 200 was set. Where there is no such file the
// answer is 404. Without a Root the path is the program's own and never a client's text.
//
//	app.Get("/reports/{name}", func(c *trivet.Ctx) error {
//		return c.SendFile(c.Param("name"), trivet.FileOptions{Root: "reports", Download: "report.pdf"})
//	})
func (c *Ctx) SendFile(path string, options ...FileOptions) error {
	if len(options) > 1 {
		return withDetail(ErrArgument, "SendFile takes one FileOptions, not %d", len(options))
	}
	var o FileOptions
	if len(options) == 1 {
		o = options[0]
	}
	texts := []string{path, o.Root, o.ContentType, o.Download, o.CacheControl}
	for _, text := range texts[1:] {
		if strings.ContainsAny(text, "\x00\r\n") {
			return withDetail(ErrArgument, "FileOptions: %q", text)
		}
	}
	if strings.Contains(path, "\x00") {
		if o.Root == "" {
			return withDetail(ErrArgument, "the path %q", path)
		}
		return NotFound("") // a client's text
	}
	r := response{kind: postFile}
	if o.DotFiles {
		r.length |= uint64(fileDotFiles)
	}
	if o.NoSymlinks {
		r.length |= uint64(fileNoSymlinks)
	}
	return c.sendFile(r, strings.Join(texts, "\x00"))
}

// sendFile packs the answer. It leaves when the handler returns.
func (c *Ctx) sendFile(r response, texts string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.state {
	case ctxOpen:
	case ctxStreaming:
		return withDetail(ErrState, "an answer in pieces has begun")
	case ctxAnswered:
		return c.answeredTwice()
	default:
		return ErrStale
	}
	gathered := c.response(200, contentNone)
	r.status, r.fields = gathered.status, gathered.fields
	if r.status < 200 || r.status > 599 {
		return withDetail(ErrArgument, "the status of an answer is 200 to 599, not %d", r.status)
	}
	*c.records = appendRecord(*c.records, c.request, r, texts)
	c.state = ctxAnswered
	return nil
}

// fileRecord is what an answer is besides status and fields, when it is a file.
type fileRecord struct {
	kind  uint32
	flags uint64
	texts string
}

// checkNoStatic refuses the options of a folder where there is none.
func (r *route) checkNoStatic() error {
	if r.static != nil {
		return fmt.Errorf("%w: StaticConfig is for Static", ErrArgument)
	}
	return nil
}
