package trivet

/*
#cgo noescape trivet_go_cookie_encode
#cgo nocallback trivet_go_cookie_encode
#include "bridge.h"
*/
import "C"

import (
	"time"
	"unsafe"
)

// SameSite says which requests that other sites cause have a cookie.
type SameSite uint32

// The kinds of [SameSite].
const (
	SameSiteLax    = SameSite(sameSiteLax)    // those of links that a user follows
	SameSiteStrict = SameSite(sameSiteStrict) // none
	SameSiteNone   = SameSite(sameSiteNone)   // all; not with Insecure
)

// Cookie is a cookie to set (RFC 6265bis). What is not said is safe: it is sent over TLS alone, to this
// host alone, not with what other sites cause but links, and no script sees it. What no browser could
// take gives [ErrArgument]. Cookies of a request are read with [Ctx.Cookie].
type Cookie struct {
	// Name is a token. One that begins with __Secure-, __Host-, __Http- or __Host-Http- must keep what
	// that promises.
	Name string
	// Value is visible ASCII without comma, semicolon and backslash, perhaps between two double quotes;
	// with the name it is at most 4096 bytes.
	Value string
	// Domain is a host name, whose subdomains get the cookie as well; "" is the host of the request
	// alone.
	Domain string
	// Path begins with a slash: what lies under it has the cookie; "" is every path.
	Path string
	// Expires is when the cookie ends. Without it and MaxAge that is when the browser does.
	Expires time.Time
	// MaxAge is how long the cookie lives, in whole seconds, and beats Expires; 0 says nothing.
	MaxAge time.Duration
	// Insecure sends the cookie over plain HTTP, too. Without it browsers take a cookie of plain HTTP
	// from loopback addresses only.
	Insecure bool
	// Scripts shows the cookie to scripts, in document.cookie.
	Scripts bool
	// Partitioned has one jar for each site that embeds this one; not with Insecure.
	Partitioned bool
	SameSite    SameSite
}

// SetCookie adds a cookie to the answer, of whichever kind; several calls set several cookies. An error
// that the handler returns replaces the answer with its cookies: [Cookie.Encode] gives one to
// [HTTPError.WithHeader].
func (c *Ctx) SetCookie(cookie Cookie) error { return addCookie(c.AddHeader, cookie) }

// DeleteCookie has the client forget the cookie of a name, which was set with the same Domain and Path.
// Insecure, Scripts, Partitioned and SameSite count as in [Ctx.SetCookie], the rest does not.
func (c *Ctx) DeleteCookie(cookie Cookie) error { return addCookie(c.AddHeader, cookie.deletion()) }

// SetCookie adds a cookie to the answer.
func (r *Response) SetCookie(cookie Cookie) error { return addCookie(r.AddHeader, cookie) }

// DeleteCookie has the client forget a cookie, as [Ctx.DeleteCookie] does.
func (r *Response) DeleteCookie(cookie Cookie) error {
	return addCookie(r.AddHeader, cookie.deletion())
}

func addCookie(add func(name, value string) error, cookie Cookie) error {
	value, err := cookie.Encode()
	if err != nil {
		return err
	}
	return add("Set-Cookie", value)
}

// deletion is the cookie that removes it.
func (cookie Cookie) deletion() Cookie {
	cookie.Value, cookie.Expires, cookie.MaxAge = "", time.Unix(0, 0), 0
	return cookie
}

// Encode returns the value of a Set-Cookie field.
func (cookie Cookie) Encode() (string, error) {
	var packed C.trivet_cookie
	C.trivet_cookie_init(&packed, C.size_t(unsafe.Sizeof(packed)))
	if err := cookie.write(&packed); err != nil {
		return "", err
	}
	room := 128 + len(cookie.Name) + len(cookie.Value) + len(cookie.Domain) + len(cookie.Path)
	for {
		text := make([]byte, room)
		encoded := C.trivet_go_cookie_encode(packed, bytesAt(text), C.size_t(room))
		size := int(encoded.size)
		switch {
		case encoded.status == 0:
			return string(text[:size]), nil
		case encoded.status != C.TRIVET_E_LIMIT || size <= room:
			return "", takeError(encoded.status, encoded.error)
		}
		room = size
	}
}

// write sets what the cookie says; what it points to is the cookie's.
func (cookie *Cookie) write(packed *C.trivet_cookie) error {
	packed.name = engineString(cookie.Name)
	packed.value = engineString(cookie.Value)
	packed.domain = engineString(cookie.Domain)
	packed.path = engineString(cookie.Path)
	for _, flag := range []struct {
		isSet bool
		value uint32
	}{
		{cookie.Insecure, cookieInsecure},
		{cookie.Scripts, cookieScripts},
		{cookie.Partitioned, cookiePartitioned},
	} {
		if flag.isSet {
			packed.flags |= C.uint32_t(flag.value)
		}
	}
	if !cookie.Expires.IsZero() {
		packed.expires = C.int64_t(neverNone(cookie.Expires.Unix()))
	}
	if cookie.MaxAge != 0 {
		if cookie.MaxAge%time.Second != 0 {
			return withDetail(ErrArgument, "MaxAge is %v, which is no number of seconds", cookie.MaxAge)
		}
		packed.max_age_s = C.int64_t(neverNone(int64(cookie.MaxAge / time.Second)))
	}
	if cookie.SameSite > SameSiteNone {
		return withDetail(ErrArgument, "SameSite is %d", cookie.SameSite)
	}
	packed.same_site = C.uint32_t(cookie.SameSite)
	return nil
}

// neverNone is a number of seconds that the engine does not take for none, as -1: of a past that is over
// as long, or as little of an age.
func neverNone(seconds int64) int64 {
	if seconds == -1 {
		return -2
	}
	return seconds
}
