package main

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"github.com/trivet/trivet/langs/go"
)

// folder is the one that the runner has filled.
func folder() string {
	if path := os.Getenv("TRIVET_DRIVER_FILES"); path != "" {
		return path
	}
	return "."
}

// fileRoutes registers folders that are served, and handlers that send files.
func fileRoutes(app *trivet.App) {
	app.Static("/files", folder(), trivet.Name("files"), trivet.StaticConfig{
		CacheRules: []trivet.CacheRule{{
			Pattern: "assets/*",
			Value:   "public, max-age=31536000, immutable",
		}},
		Types: map[string]string{"sku": "application/x-sku"},
	})
	app.Static("/spa", folder(), trivet.StaticConfig{
		NoIndex:         true,
		Fallback:        "page/index.html",
		NoCacheControl:  true,
		DotFiles:        true,
		NoSymlinks:      true,
		NoPrecompressed: true,
	})
	gated := app.Group("/gated/{org}", trivet.Bearer(trivet.BearerOptions{
		Tokens: []trivet.Credential{{Secret: "alpha-token"}},
	}))
	gated.Static("/files", folder())
	app.Group("/coded", trivet.Compress(trivet.CompressOptions{})).Static("/", folder())
	hooked := app.Group("/hooked")
	hooked.Static("/", folder())
	hooked.Before(func(c *trivet.Ctx) error {
		if c.Header("x-stop") == "" {
			return nil
		}
		return c.Status(403).Text("stopped")
	})
	hooked.After(func(_ *trivet.Ctx, r *trivet.Response) error {
		return r.SetHeader("x-after", "files")
	})
	app.Get("/file/{path:path}", sendAsked, trivet.Inline)
	app.Get("/own-file", func(c *trivet.Ctx) error {
		return c.SendFile(filepath.Join(folder(), "hello.txt"))
	})
}

func sendAsked(c *trivet.Ctx) error {
	if status, err := strconv.Atoi(c.Query("status")); err == nil {
		c.Status(status)
	}
	if err := c.SetHeader("X-Mine", "yes"); err != nil {
		return err
	}
	return c.SendFile(c.Param("path"), trivet.FileOptions{
		Root:         folder(),
		ContentType:  c.Query("type"),
		Download:     c.Query("download"),
		CacheControl: c.Query("cache"),
	})
}

// answerStaticErrors tells what the configuration of a folder is refused for, on apps that nobody serves.
func answerStaticErrors(c *trivet.Ctx) error {
	answer := trivet.Map{}
	for name, config := range map[string]trivet.StaticConfig{
		"directory":   {},
		"index":       {Index: "a/b"},
		"fallback":    {Fallback: "../a"},
		"cache_rules": {CacheRules: []trivet.CacheRule{{Value: "text/plain"}}},
		"types":       {Types: map[string]string{".txt": "text/plain"}},
	} {
		directory := folder()
		if name == "directory" {
			directory = "/none/such"
		}
		app := trivet.New()
		app.Static("/x", directory, config)
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
