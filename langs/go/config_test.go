package trivet

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestConfiguration(t *testing.T) {
	app := New(Config{
		BodyBytesMax: 10, TargetBytesMax: 64, HeadBytesMax: 2048, HeaderCountMax: 10,
		ConnectionsMax: 100, LogLevel: LogError, Backlog: 10, BufferCount: 16, BufferBytes: 4096,
		HeadTimeout: time.Second, BodyTimeout: time.Second, IdleTimeout: time.Second,
		SendTimeout: time.Second, ShutdownTimeout: time.Second,
	})
	app.Post("/{path}", hello)
	s := serve(t, app)
	if got := s.do(t, "POST", "/a", "12345678901"); got.status != 413 {
		t.Errorf("got %+v", got)
	}
	if got := s.do(t, "POST", "/"+strings.Repeat("a", 100), ""); got.status != 414 {
		t.Errorf("got %+v", got)
	}
	for want, config := range map[string]Config{
		"soup":           {Engine: "soup"},
		"broth":          {Profile: "broth"},
		"Backlog":        {Backlog: -1},
		"BodyBytesMax":   {BodyBytesMax: -1},
		"IdleTimeout":    {IdleTimeout: 1 << 62},
		"header_count":   {HeaderCountMax: 1001},
		"buffer_count":   {BufferCount: 3},
		"HeadBytesMax":   {HeadBytesMax: 1 << 40},
		"TargetBytesMax": {TargetBytesMax: -1},
		"workers":        {Workers: 1025},
		"threads":        {Threads: 65},
		"port":           {Port: 65536},
	} {
		app := New(config)
		err := errors.Join(app.Err(), app.Close())
		if !errors.Is(err, ErrArgument) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if milliseconds(time.Microsecond) != 1 || milliseconds(-1) != -1 || milliseconds(0) != 0 {
		t.Error("a short time became none")
	}
}

func TestDefaultsAreTheDocumentedOnes(t *testing.T) {
	want := Config{
		Engine: EngineAuto, Host: "127.0.0.1", Port: 8000,
		TargetBytesMax: 8192, HeadBytesMax: 32768, HeaderCountMax: 100, BodyBytesMax: 1 << 20, BodyRatioMax: 100,
		ConnectionsMax: 65536, ConnectionsPerAddressMax: 4096,
		RequestsMax: 16384, RequestsPerConnectionMax: 1_000_000, BodyRateMin: 240, SendRateMin: 240,
		RequestTimeout: 300 * time.Second, HeadTimeout: 15 * time.Second, BodyTimeout: 30 * time.Second,
		IdleTimeout: 75 * time.Second, SendTimeout: 30 * time.Second, StartTimeout: 30 * time.Second,
		ShutdownTimeout: 30 * time.Second, Backlog: 4096, Profile: ProfileDefault, Forwarded: ForwardedX,
		CompressMinBytes: 1024,
	}
	if got := engineDefaults(); got != want {
		t.Errorf("got %+v", got)
	}
}

func TestProgramBeatsEnvironmentBeatsFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trivet.toml")
	text := "[server]\nport = 9001\nbacklog = 11\nidle_timeout_ms = 1000\nprofile = \"low-memory\"\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TRIVET_CONFIG", file)
	t.Setenv("TRIVET_PORT", "9002")
	t.Setenv("TRIVET_BACKLOG", "12")
	app := New(Config{Backlog: 13, Engine: EngineEpoll})
	app.Get("/", hello)
	got, err := app.Config()
	if err != nil || got.Port != 9002 || got.Backlog != 13 || got.IdleTimeout != time.Second ||
		got.Profile != ProfileLowMemory || got.Threads != 1 || got.Engine != EngineEpoll ||
		got.Host != "127.0.0.1" {
		t.Errorf("got %+v, %v", got, err)
	}
	s := serve(t, app) // at 127.0.0.1:0
	got.Port = 0
	if served, err := app.Config(); err != nil || served != got {
		t.Errorf("while it serves: %+v, %v", served, err)
	}
	s.end(t)
	if err := app.Close(); err != nil {
		t.Error(err)
	}
}

func TestWrongSettingsAreTold(t *testing.T) {
	t.Setenv("TRIVET_BACKLOG", "soup")
	app := New()
	defer app.Close()
	if _, err := app.Config(); !errors.Is(err, ErrArgument) {
		t.Errorf("got %v", err)
	}
	if err := app.Listen("127.0.0.1:0"); !errors.Is(err, ErrArgument) ||
		!strings.Contains(err.Error(), "TRIVET_BACKLOG") {
		t.Errorf("got %v", err)
	}
}

func TestConfiguredAddress(t *testing.T) {
	t.Setenv("TRIVET_HOST", "127.0.0.2")
	app := New()
	defer app.Close()
	s, err := app.newSession("")
	if err != nil || s.host != "127.0.0.2" || s.port != 8000 {
		t.Errorf("%+v, %v", s, err)
	}
	s, err = app.newSession(":80")
	if err != nil || s.host != "0.0.0.0" || s.port != 80 {
		t.Errorf("%+v, %v", s, err)
	}
	s, err = app.newSession("")
	if err != nil || s.host != "0.0.0.0" || s.port != 80 {
		t.Errorf("the address given before: %+v, %v", s, err)
	}
}
