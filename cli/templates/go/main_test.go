package main

import (
	"testing"

	"github.com/trivet/trivet/langs/go/trivettest"
)

func TestApp(t *testing.T) {
	client := trivettest.New(t, newApp())
	for path, want := range map[string]string{
		"/":             `{"hello":"world","next":"/hello/you"}`,
		"/hello/trivet": `{"hello":"trivet"}`,
	} {
		response := client.Get(path)
		if response.Status != 200 || response.Text() != want {
			t.Errorf("%s: %v", path, response)
		}
	}
}

func TestWhatThereIsNot(t *testing.T) {
	if response := trivettest.New(t, newApp()).Get("/none"); response.Status != 404 {
		t.Errorf("got %v", response)
	}
}
