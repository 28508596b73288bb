package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/trivet/trivet/langs/go"
)

// orNull is nil for "", which becomes null.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func answerWho(c *trivet.Ctx) error {
	answer := trivet.Map{
		"request_id": orNull(c.RequestID()), "nonce": orNull(c.Nonce()), "principal": nil,
	}
	for _, name := range []string{"traceparent", "parent_id", "trace_state"} {
		answer[name] = orNull(c.Attribute(name))
	}
	if p := c.Principal(); p != nil {
		answer["principal"] = trivet.Map{
			"scheme": p.Scheme, "subject": p.Subject,
			"scope": strings.Join(p.Scopes, " "), "claims": p.Claims,
		}
	}
	return c.JSON(answer)
}

func answerData(c *trivet.Ctx) error { return c.Text("data") }

func answerContent(c *trivet.Ctx) error { return c.Bytes(c.Body()) }

// middlewareRoutes registers routes with middleware of the engine.
func middlewareRoutes(app *trivet.App) {
	headerRoutes(app)
	corsRoutes(app)
	schemeRoutes(app)
	anyRoutes(app)
}

func headerRoutes(app *trivet.App) {
	group := app.Group("/mw")
	group.Use(
		trivet.RequestID(trivet.RequestIDOptions{Trust: true}),
		trivet.TraceContext(trivet.TraceContextOptions{Sampled: true, Response: true}),
		trivet.SecurityHeaders(trivet.SecurityHeadersOptions{
			CSP:            []string{"default-src 'self'", "script-src 'self' 'nonce'"},
			Frame:          "sameorigin",
			Permissions:    []string{"camera=()"},
			HSTS:           365 * 24 * time.Hour,
			HSTSSubdomains: true,
		}),
	)
	group.Get("/who", answerWho)
	group.Get("/own", func(c *trivet.Ctx) error {
		c.SetHeader("x-frame-options", "DENY")
		return c.Text("own")
	})
	group.Get("/boom", func(*trivet.Ctx) error { return errors.New("boom") })
	group.Get("/pieces/{n:int}", answerStreamPieces)
	group.Get("/plain", answerData, trivet.SecurityHeaders(
		trivet.SecurityHeadersOptions{Frame: "off", Referrer: "no-referrer"}))
	group.Post("/body", answerContent, trivet.BodyLimit(8))
	group.Get("/late", func(c *trivet.Ctx) error { return sleep(c, 60_000) },
		trivet.Timeout(100*time.Millisecond))
}

func corsRoutes(app *trivet.App) {
	listed := app.Group("/cors", trivet.CORS(trivet.CORSOptions{
		Origins:     []string{"https://app.example.com", "https://*.example.org"},
		Headers:     []string{"Content-Type", "X-Token"},
		Expose:      []string{"X-Request-Id"},
		Credentials: true,
		MaxAge:      10 * time.Minute,
	}))
	listed.Route([]string{"GET", "PUT"}, "/data", answerData)
	listed.Get("/guarded", answerData, trivet.Bearer(trivet.BearerOptions{Tokens: alpha}))
	open := app.Group("/open", trivet.CORS(trivet.CORSOptions{
		Origins: []string{"*"}, Methods: []string{"GET", "DELETE"}, Headers: []string{"*"},
	}))
	open.Get("/data", answerData)
}

var (
	alpha = []trivet.Credential{{Secret: "alpha-token"}}
	users = []trivet.User{{Name: "ann", Password: "pass:word"}}
)

func schemeRoutes(app *trivet.App) {
	bearer := app.Group("/bearer", trivet.Bearer(trivet.BearerOptions{
		Tokens: []trivet.Credential{
			{Secret: "alpha-token", Principal: trivet.Principal{
				Subject: "alice", Scopes: []string{"read", "write"},
				Claims: map[string]string{"role": "admin"},
			}},
			{Secret: "beta-token", Principal: trivet.Principal{Subject: "bob"}},
		},
		Realm: "api",
	}))
	bearer.Get("/who", answerWho)
	bearer.Post("/body", answerContent)
	bearer.Get("/scoped", answerData,
		trivet.Require(trivet.RequireOptions{Scopes: []string{"write"}}))
	bearer.Get("/claimed", answerData,
		trivet.Require(trivet.RequireOptions{Claims: map[string]string{"role": "admin"}}))
	app.Get("/bearer-not/who", answerWho)
	keys := make([]trivet.Credential, 6)
	for i := range keys {
		keys[i].Secret = fmt.Sprintf("key-%d", i+1)
		keys[i].Subject = fmt.Sprintf("client-%d", i+1)
	}
	key := app.Group("/key", trivet.APIKey(trivet.APIKeyOptions{Keys: keys, Query: "key"}))
	key.Get("/who", answerWho)
	basic := app.Group("/basic", trivet.Basic(trivet.BasicOptions{Users: users}))
	basic.Get("/who", answerWho)
}

func anyRoutes(app *trivet.App) {
	group := app.Group("/any",
		trivet.Bearer(trivet.BearerOptions{Tokens: alpha, Optional: true}),
		trivet.APIKey(trivet.APIKeyOptions{
			Keys: []trivet.Credential{{Secret: "key-1"}}, Optional: true,
		}),
		trivet.Basic(trivet.BasicOptions{Users: users, Optional: true}))
	group.Get("/maybe", answerWho)
	group.Get("/who", answerWho, trivet.Require(trivet.RequireOptions{}))
	group.Get("/basic", answerWho,
		trivet.Require(trivet.RequireOptions{Schemes: []string{"basic"}}))
}

// answerMiddlewareErrors tells of options that must be refused, on an app that nobody serves.
func answerMiddlewareErrors(c *trivet.Ctx) error {
	answer := trivet.Map{}
	for name, middleware := range map[string]*trivet.Middleware{
		"origin": trivet.CORS(trivet.CORSOptions{Origins: []string{"https://app.example.com/"}}),
		"any":    trivet.CORS(trivet.CORSOptions{Origins: []string{"*"}, Credentials: true}),
		"token": trivet.Bearer(trivet.BearerOptions{
			Tokens: []trivet.Credential{{Secret: "two words"}},
		}),
		"twice": trivet.Bearer(trivet.BearerOptions{
			Tokens: []trivet.Credential{{Secret: "same"}, {Secret: "same"}},
		}),
		"missing": trivet.Bearer(trivet.BearerOptions{}),
		"csp": trivet.SecurityHeaders(trivet.SecurityHeadersOptions{
			CSP: []string{"script-src self"},
		}),
		"coding": trivet.Compress(trivet.CompressOptions{Codings: []string{"deflate"}}),
		"level":  trivet.Compress(trivet.CompressOptions{BrLevel: 11}),
		"tag":    trivet.ETag(trivet.ETagOptions{MaxBytes: -1}),
	} {
		app := trivet.New()
		app.Use(middleware)
		var failure *trivet.Error
		if err := app.Err(); errors.As(err, &failure) && errors.Is(err, trivet.ErrArgument) {
			answer[name] = failure.Detail
		}
		if err := app.Close(); err != nil {
			return err
		}
	}
	return c.JSON(answer)
}
