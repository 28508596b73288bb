package main

import (
	"context"
	"testing"
)

func TestServes(t *testing.T) {
	app := newApp()
	defer app.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := app.Serve(ctx, "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
}
