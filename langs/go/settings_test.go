package trivet

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// inFolder makes a new folder with these files the working directory.
func inFolder(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEverySettingHasASourceAndAPlace(t *testing.T) {
	inFolder(t, map[string]string{
		"trivet.toml": "[server]\nport = 81\n[app]\nlanguage = \"go\"\n",
		".env":        "TRIVET_BACKLOG=12\nSECRET='a b'\n",
	})
	t.Setenv("TRIVET_IDLE_TIMEOUT_MS", "5s")
	app := New(Config{BodyBytesMax: 5})
	defer app.Close()
	settings, err := app.Settings()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]Setting{}
	for _, setting := range settings {
		found[setting.Key] = setting
	}
	for key, want := range map[string][4]string{
		"server.port":            {"81", "8000", "file", "trivet.toml:2"},
		"server.backlog":         {"12", "4096", "env-file", ".env:1"},
		"server.idle_timeout_ms": {"5000", "75000", "environment", "TRIVET_IDLE_TIMEOUT_MS"},
		"server.body_bytes_max":  {"5", "1048576", "program", ""},
		"server.host":            {"127.0.0.1", "127.0.0.1", "default", ""},
		"app.language":           {"go", "", "file", "trivet.toml:4"},
		"app.entry":              {"", "", "default", ""},
	} {
		s := found[key]
		if got := [4]string{s.Value, s.Default, string(s.Source), s.Place}; got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
	port := found["server.port"]
	if port.Variable != "TRIVET_PORT" || port.Allowed != "0 to 65535" ||
		!strings.HasPrefix(port.Help, "Port") {
		t.Errorf("got %+v", port)
	}
	if got := app.Variables(); len(got) != 1 || got["SECRET"] != "a b" {
		t.Errorf("got %q", got)
	}
}

func TestWhatIsWrongInTheEnvFileIsTold(t *testing.T) {
	inFolder(t, map[string]string{".env": "\nno entry\n"})
	app := New()
	defer app.Close()
	_, err := app.Settings()
	if !errors.Is(err, ErrArgument) || !strings.Contains(err.Error(), ".env:2: this is no NAME") {
		t.Errorf("got %v", err)
	}
}
