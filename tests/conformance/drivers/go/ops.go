package main

import (
	"context"
	"errors"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/trivet/trivet/langs/go"
)

// driver keeps what one operation leaves for a later one.
type driver struct {
	app        *trivet.App
	operations map[string]trivet.Handler
	started    int // how often the startup hook ran
	conflict   error
	pattern    error

	mu     sync.Mutex
	double error
	kept   *trivet.Ctx
}

func newDriver(config trivet.Config) *driver {
	d := &driver{app: trivet.New(config, about, trivet.OnReady(ready))}
	d.app.OnStartup(func(context.Context) error {
		d.started++
		return nil
	})
	d.app.OnShutdown(stopped)
	d.conflict = refused("/hello", "/hello")
	d.pattern = refused("/x/{")
	d.operations = map[string]trivet.Handler{
		"query": func(c *trivet.Ctx) error { return c.JSON(c.QueryAll()) },
		"query_one": func(c *trivet.Ctx) error {
			return answerLookup(c, c.LookupQuery)
		},
		"cookies":        answerCookies,
		"cookie_one":     func(c *trivet.Ctx) error { return answerLookup(c, c.LookupCookie) },
		"header_one":     func(c *trivet.Ctx) error { return answerLookup(c, c.LookupHeader) },
		"text":           func(c *trivet.Ctx) error { return c.Text("text ü") },
		"html":           func(c *trivet.Ctx) error { return c.HTML("<p>html ü</p>") },
		"json":           answerJSON,
		"bytes":          func(c *trivet.Ctx) error { return c.Bytes([]byte{0, 1, 2, 0xff}) },
		"empty":          func(c *trivet.Ctx) error { return c.NoContent() },
		"redirect":       func(c *trivet.Ctx) error { return c.Redirect("/hello") },
		"problem":        func(c *trivet.Ctx) error { return c.Problem(418, "short and stout") },
		"headers":        answerHeaders,
		"bad_header":     answerBadHeader,
		"double":         d.answerDouble,
		"double_result":  d.answerDoubleResult,
		"stale":          d.answerStale,
		"stale_result":   d.answerStaleResult,
		"thread":         func(c *trivet.Ctx) error { return answerError(c, c.Loop().Flush()) },
		"unserialisable": func(c *trivet.Ctx) error { return c.JSON(make(chan int)) },
		"info":           answerInfo,
		"client":         answerClient,
		"stats":          answerStats,
		"timer":          answerTimer,
		"timer_cancel":   answerTimerCancel,
		"watch":          answerWatch,
		"log":            answerLog,
		"conflict":       d.answerConflict,
		"status_name":    answerStatusName,
		"post":           func(c *trivet.Ctx) error { return c.Text("posted") },
		"xml":            func(c *trivet.Ctx) error { return c.XML("<a>ü</a>") },
		"add_header":     answerAddHeader,
		"url":            answerURL,
		"routes":         d.answerRoutes,
		"openapi":        d.answerOpenAPI,
		"lifecycle":      func(c *trivet.Ctx) error { return c.JSON(trivet.Map{"started": d.started}) },
		"worker":         d.answerWorker,
		"config":         d.answerConfig,
		"setting":        d.answerSetting,
		"variables":      func(c *trivet.Ctx) error { return c.JSON(d.app.Variables()) },
		"bad_schema":     answerMap(badSchemas()),
		"group_conflict": answerMap(groupConflicts()),
		"stream_order":   answerStreamOrder,
		"sse_encode":     answerEncode,
		"sse_hub":        d.answerHubCalls,
		"set_cookie":     answerSetCookie,
		"inject":         d.answerInject,
		"advance":        d.answerAdvance,
		"delete_cookie":  answerDeleteCookie,

		"middleware_errors": answerMiddlewareErrors,
		"static_errors":     answerStaticErrors,
	}
	routes(d.app)
	streamRoutes(d.app)
	limitRoutes(d.app)
	middlewareRoutes(d.app)
	compressRoutes(d.app)
	schemaRoutes(d.app)
	fileRoutes(d.app)
	formRoutes(d.app)
	d.eventRoutes()
	sdkRoutes(d.app)
	openAPIRoutes(d.app)
	validationRoutes(d.app)
	routingRoutes(d.app)
	hookRoutes(d.app)
	aroundRoutes(d.app)
	errorRoutes(d.app)
	d.operationRoutes()
	return d
}

// refused registers patterns on an app of their own and returns what is wrong with them.
func refused(patterns ...string) error {
	return refusal(func(app *trivet.App) {
		for _, pattern := range patterns {
			app.Get(pattern, answerBody)
		}
	})
}

func (d *driver) answerOperation(c *trivet.Ctx) error {
	operation, ok := d.operations[c.Param("name")]
	if !ok {
		return trivet.NewError(501, "the driver does not know this operation")
	}
	return operation(c)
}

// codeOf names the error of the engine, null for none.
func codeOf(err error) any {
	var failure *trivet.Error
	if errors.As(err, &failure) {
		return failure.Code
	}
	return nil
}

func answerError(c *trivet.Ctx, err error) error { return c.JSON(trivet.Map{"error": codeOf(err)}) }

func answerLookup(c *trivet.Ctx, find func(string) (string, error)) error {
	value, err := find(c.Query("name"))
	if errors.Is(err, trivet.ErrNotFound) {
		return c.JSON(trivet.Map{"value": nil})
	}
	if err != nil {
		return err
	}
	return c.JSON(trivet.Map{"value": value})
}

// The first of several cookies of a name counts (RFC 6265 section 5.4).
func answerCookies(c *trivet.Ctx) error {
	cookies := map[string]string{}
	for _, cookie := range c.Cookies() {
		if _, has := cookies[cookie.Name]; !has {
			cookies[cookie.Name] = cookie.Value
		}
	}
	return c.JSON(cookies)
}

func answerJSON(c *trivet.Ctx) error {
	return c.JSON(struct {
		OK bool    `json:"ok"`
		N  float64 `json:"n"`
		S  string  `json:"s"`
	}{true, 1.5, "ü\"\\\n"})
}

func answerHeaders(c *trivet.Ctx) error {
	for _, field := range []trivet.Field{
		{Name: "X-One", Value: "1"},
		{Name: "X-Two", Value: "a, b"},
		{Name: "Set-Cookie", Value: "a=1"},
		{Name: "Set-Cookie", Value: "b=2"},
	} {
		if err := c.AddHeader(field.Name, field.Value); err != nil {
			return err
		}
	}
	return c.Status(201).Text("ok")
}

func answerAddHeader(c *trivet.Ctx) error {
	return errors.Join(c.AddHeader("X-Added", "1"), c.Text("ok"))
}

func answerBadHeader(c *trivet.Ctx) error {
	return answerError(c, c.SetHeader("X-Split", "a\r\nX-Injected: b"))
}

func (d *driver) answerDouble(c *trivet.Ctx) error {
	err := c.Text("first")
	second := c.Text("second")
	d.mu.Lock()
	defer d.mu.Unlock()
	d.double = second
	return err
}

func (d *driver) answerDoubleResult(c *trivet.Ctx) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return answerError(c, d.double)
}

func (d *driver) answerStale(c *trivet.Ctx) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kept = c
	return c.Text("kept")
}

func (d *driver) answerStaleResult(c *trivet.Ctx) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, err := d.kept.LookupHeader("Host")
	return answerError(c, err)
}

func answerInfo(c *trivet.Ctx) error {
	info, err := c.Loop().Info()
	if err != nil {
		return err
	}
	return c.JSON(trivet.Map{
		"engine": info.Engine, "reason": info.EngineReason, "state": info.State,
		"version": trivet.Version(), "abi": trivet.ABIVersion(),
		"secured": info.Secured, "kernel_tls": info.KernelTLS,
	})
}

func answerClient(c *trivet.Ctx) error {
	client := c.Client()
	if c.Scheme() != client.Scheme || c.Host() != client.Host {
		return errors.New("they are the client's")
	}
	var session any
	if client.TLS != nil {
		var shown any
		if certificate := client.TLS.Certificate; certificate != nil {
			shown = trivet.Map{
				"subject": certificate.Subject, "fingerprint": certificate.Fingerprint,
				"bytes": len(certificate.DER),
			}
		}
		session = trivet.Map{
			"version": client.TLS.Version, "cipher": client.TLS.Cipher,
			"server_name": client.TLS.ServerName, "certificate": shown,
		}
	}
	return c.JSON(trivet.Map{
		"address": client.Address, "port": client.Port, "scheme": client.Scheme,
		"host": client.Host, "hops": client.Hops, "forwarded": client.Forwarded, "tls": session,
	})
}

func answerStats(c *trivet.Ctx) error {
	stats, err := c.Loop().Stats()
	if err != nil {
		return err
	}
	return c.JSON(stats)
}

func answerTimer(c *trivet.Ctx) error {
	delay, err := strconv.Atoi(c.Query("ms"))
	if err != nil {
		return trivet.NewError(400, "ms is not a number")
	}
	fired := make(chan struct{})
	timer, err := c.Loop().After(time.Duration(delay)*time.Millisecond, func() { close(fired) })
	if err != nil {
		return err
	}
	select {
	case <-fired:
		return c.Text("fired")
	case <-c.Done():
		return timer.Cancel()
	}
}

func answerTimerCancel(c *trivet.Ctx) error {
	timer, err := c.Loop().After(time.Minute, func() { panic("a cancelled timer fired") })
	if err != nil {
		return err
	}
	cancelled := timer.Cancel() == nil
	return c.JSON(trivet.Map{"cancelled": cancelled, "again": codeOf(timer.Cancel())})
}

func answerWatch(c *trivet.Ctx) error {
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer read.Close()
	defer write.Close()
	fd, readiness := int(read.Fd()), make(chan trivet.Ready, 1)
	watched := c.Loop().Watch(fd, trivet.ReadyRead, func(r trivet.Ready) {
		select {
		case readiness <- r:
		default: // level-triggered: reported until the watch ends
		}
	})
	if watched != nil {
		return watched
	}
	if _, err := write.WriteString("x"); err != nil {
		return err
	}
	got := <-readiness
	if err := c.Loop().Watch(fd, 0, nil); err != nil {
		return err
	}
	if got&trivet.ReadyRead == 0 {
		return errors.New("the watch did not report reading")
	}
	return c.Text("ready")
}

func answerLog(c *trivet.Ctx) error {
	levels := map[string]trivet.Level{
		"debug": trivet.LogDebug, "info": trivet.LogInfo,
		"warn": trivet.LogWarn, "error": trivet.LogError,
	}
	level, ok := levels[c.Query("level")]
	if !ok {
		return trivet.NewError(400, "no such level")
	}
	c.Loop().App().Log(level, c.Query("text"))
	return c.NoContent()
}

func (d *driver) answerConflict(c *trivet.Ctx) error {
	d.app.Get("/late", answerBody)
	return c.JSON(trivet.Map{
		"conflict": codeOf(d.conflict), "pattern": codeOf(d.pattern), "late": codeOf(d.app.Err()),
	})
}

func answerStatusName(c *trivet.Ctx) error {
	status, err := strconv.Atoi(c.Query("status"))
	if err != nil {
		return trivet.NewError(400, "status is not a number")
	}
	return c.JSON(trivet.Map{"name": trivet.StatusName(status)})
}
