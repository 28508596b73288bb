package trivet

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func testFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "assets"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"hello.txt":       "hello",
		"assets/site.css": "body {}",
		"large":           strings.Repeat("x", 3_000_000),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestFolderIsServedWithoutGo(t *testing.T) {
	app := New()
	app.Static("/files", testFolder(t), StaticConfig{
		CacheRules: []CacheRule{{"assets/*", "immutable"}, {"*.txt", "no-store"}},
		Types:      map[string]string{"css": "text/mine"},
	})
	s := serve(t, app)
	css := s.get(t, "/files/assets/site.css")
	expectText(t, css, 200, "body {}")
	if css.contentType() != "text/mine" || css.header.Get("Cache-Control") != "immutable" {
		t.Errorf("%v", css.header)
	}
	hello := s.get(t, "/files/hello.txt")
	expectText(t, hello, 200, "hello")
	if hello.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", hello.header)
	}
}

func TestFoldersAndCompressionByConfig(t *testing.T) {
	folder := testFolder(t)
	app := New(Config{StaticFolders: "/by-config=" + folder, Compress: true, CompressMinBytes: 5, ETag: true})
	app.Get("/", func(c *Ctx) error { return c.Text(strings.Repeat("hello ", 10)) })
	s := serve(t, app)
	expectText(t, s.get(t, "/by-config/hello.txt"), 200, "hello")
	got := s.do(t, "GET", "/", "", "Accept-Encoding: gzip")
	if got.header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%v", got.header)
	}
	if again := s.do(t, "GET", "/", "", "If-None-Match: "+got.header.Get("ETag")); again.status != 304 {
		t.Errorf("%d", again.status)
	}
	err := New(Config{StaticFolders: "/a=nowhere", LogLevel: LogOff}).Serve(context.Background(), "127.0.0.1:0")
	if !errors.Is(err, ErrArgument) || !strings.Contains(err.Error(), "static_folders") {
		t.Errorf("%v", err)
	}
}

func TestHooksStandAroundFolders(t *testing.T) {
	app := New()
	group := app.Group("/files")
	group.Static("/", testFolder(t))
	group.Before(func(c *Ctx) error {
		if c.Header("X-Stop") != "" {
			return c.Text("stopped")
		}
		return nil
	})
	group.Around(func(c *Ctx, next Handler) error {
		if err := next(c); err != nil {
			return err
		}
		r := c.Response()
		if r.Body != nil {
			return errors.New("a file has a body")
		}
		return r.SetHeader("X-Around", "yes")
	})
	group.After(func(_ *Ctx, r *Response) error { return r.SetHeader("X-After", "yes") })
	s := serve(t, app)
	got := s.get(t, "/files/hello.txt")
	expectText(t, got, 200, "hello")
	if got.header.Get("X-Around") != "yes" || got.header.Get("X-After") != "yes" {
		t.Errorf("%v", got.header)
	}
	expectText(t, s.do(t, "GET", "/files/large", "", "X-Stop: 1"), 200, "stopped")
	if large := s.get(t, "/files/large"); len(large.body) != 3_000_000 {
		t.Errorf("%d bytes", len(large.body))
	}
	if got := s.get(t, "/files/none"); got.status != 404 {
		t.Errorf("%d", got.status)
	}
}

func TestMissingFilesComeToTheErrorHandler(t *testing.T) {
	app := New()
	app.Static("/files", testFolder(t))
	app.OnError(func(c *Ctx, _ error) error { return c.Text("missing " + c.Path()) })
	s := serve(t, app)
	expectText(t, s.get(t, "/files/none"), 404, "missing /files/none")
	expectText(t, s.get(t, "/files/hello.txt"), 200, "hello")
}

func TestSendFile(t *testing.T) {
	folder := testFolder(t)
	app := New()
	send := func(c *Ctx) error {
		if err := c.SetHeader("X-Mine", "yes"); err != nil {
			return err
		}
		return c.SendFile(c.Param("path"), FileOptions{
			Root: folder, Download: "näme.txt", CacheControl: "private",
		})
	}
	app.Get("/plain/{path:path}", send)
	app.Get("/inline/{path:path}", send, Inline)
	app.Get("/own", func(c *Ctx) error {
		return c.Status(203).SendFile(filepath.Join(folder, "hello.txt"))
	})
	s := serve(t, app)
	for _, prefix := range []string{"/plain/", "/inline/"} {
		got := s.get(t, prefix+"hello.txt")
		expectText(t, got, 200, "hello")
		disposition := got.header.Get("Content-Disposition")
		if !strings.HasSuffix(disposition, "filename*=UTF-8''n%C3%A4me.txt") ||
			got.header.Get("X-Mine") != "yes" || got.header.Get("Cache-Control") != "private" {
			t.Errorf("%v", got.header)
		}
		expectText(t, s.do(t, "GET", prefix+"large", "", "Range: bytes=5-9"), 206, "xxxxx")
		if got := s.get(t, prefix+"..%2fsecret"); got.status != 404 {
			t.Errorf("%d", got.status)
		}
	}
	expectText(t, s.get(t, "/own"), 203, "hello")
}

func TestAfterHookMayReplaceAFile(t *testing.T) {
	path := filepath.Join(testFolder(t), "hello.txt")
	app := New()
	app.After(func(c *Ctx, r *Response) error {
		if c.Header("X-Text") != "" {
			r.Body = []byte("text")
		}
		return nil
	})
	app.Get("/", func(c *Ctx) error { return c.SendFile(path) })
	s := serve(t, app)
	expectText(t, s.get(t, "/"), 200, "hello")
	expectText(t, s.do(t, "GET", "/", "", "X-Text: 1"), 200, "text")
}

func TestWrongFilesAreErrors(t *testing.T) {
	folder := testFolder(t)
	for name, options := range map[string][]RouteOption{
		"index":         {StaticConfig{Index: "a/b"}},
		"fallback":      {StaticConfig{Fallback: "/a"}},
		"cache_control": {StaticConfig{CacheControl: "a\nb"}},
		"cache_rules":   {StaticConfig{CacheRules: []CacheRule{{"", "x"}}}},
		"types":         {StaticConfig{Types: map[string]string{".css": "text/css"}}},
		"no handler":    {Inline},
	} {
		app := New()
		app.Static("/files", folder, options...)
		if err := app.Err(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		closeApp(t, app)
	}
	app := New()
	defer closeApp(t, app)
	app.Static("/files", filepath.Join(folder, "none"))
	app.Get("/x", func(c *Ctx) error { return c.NoContent() }, StaticConfig{})
	err := app.Err()
	if err == nil || !strings.Contains(err.Error(), "No such file") ||
		!strings.Contains(err.Error(), "StaticConfig is for Static") {
		t.Error(err)
	}
}

func closeApp(t *testing.T, app *App) {
	t.Helper()
	if err := app.Close(); err != nil {
		t.Error(err)
	}
}

func TestSendFileRefusesWhatIsNoPath(t *testing.T) {
	app := New()
	failures := make(chan error, 3)
	app.Get("/", func(c *Ctx) error {
		failures <- c.SendFile("a\x00b")
		failures <- c.SendFile("a", FileOptions{Download: "a\nb"})
		failures <- c.SendFile("a", FileOptions{}, FileOptions{})
		return c.NoContent()
	})
	s := serve(t, app)
	s.get(t, "/")
	for range 3 {
		if err := receive(t, failures); !errors.Is(err, ErrArgument) {
			t.Error(err)
		}
	}
}
