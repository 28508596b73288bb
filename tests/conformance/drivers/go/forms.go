package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/trivet/trivet/langs/go"
)

var tightForm = trivet.FormLimits{
	FieldsMax: 20, FilesMax: 3, NameBytesMax: 32, FilenameBytesMax: 32, ValueBytesMax: 1000,
	FieldsBytesMax: 5000, FileBytesMax: 100_000, MemoryBytesMax: 1024,
}

// formRoutes registers forms, and content that arrives decoded.
func formRoutes(app *trivet.App) {
	app.Post("/form", func(c *trivet.Ctx) error { return answerParts(c) })
	app.Post("/form/stream", answerTightForm, trivet.StreamBody())
	app.Post("/form/small", answerTightForm, trivet.StreamBody(), trivet.RouteLimits{BodyBytesMax: 300})
	app.Post("/form/keep", answerKeptForm, trivet.StreamBody())
	group := app.Group("/decode", trivet.Decompress(true))
	group.Post("", answerDecoded, trivet.RouteLimits{BodyBytesMax: 100_000})
	group.Post("/stream", answerStreamCount, trivet.StreamBody(), trivet.RouteLimits{BodyBytesMax: 100_000})
	group.Post("/form", answerTightForm, trivet.StreamBody())
	group.Post("/raw", answerDecoded, trivet.Decompress(false))
}

func sha256Of(from io.Reader) (string, error) {
	digest := sha256.New()
	_, err := io.Copy(digest, from)
	return hex.EncodeToString(digest.Sum(nil)), err
}

func answerTightForm(c *trivet.Ctx) error { return answerParts(c, tightForm) }

func answerParts(c *trivet.Ctx, limits ...trivet.FormLimits) error {
	form, err := c.Form(limits...)
	if err != nil {
		return err
	}
	filenames := map[*trivet.Part]string{}
	for _, part := range form.Parts() {
		for _, file := range form.Files(part.Name) {
			filenames[&file.Part] = file.Filename
		}
	}
	parts := []trivet.Map{}
	for _, part := range form.Parts() {
		sum, err := sha256Of(part.Reader())
		if err != nil {
			return err
		}
		told := trivet.Map{
			"name": part.Name, "filename": nil, "content_type": part.ContentType,
			"bytes": part.Size, "sha256": sum, "spooled": part.IsSpooled,
		}
		if filename, isFile := filenames[part]; isFile {
			told["filename"] = filename
		}
		parts = append(parts, told)
	}
	return c.JSON(trivet.Map{"parts": parts})
}

// answerKeptForm keeps the part "file" as a file, and tells what calls give.
func answerKeptForm(c *trivet.Ctx) error {
	form, err := c.Form(tightForm)
	if err != nil {
		return err
	}
	_, get := c.Form()
	_, read := c.ReadBody()
	told := trivet.Map{
		"get": statusOf(get), "parts": len(form.Parts()), "read": statusOf(read),
		"missing": "TRIVET_OK", "find": "TRIVET_E_NOT_FOUND",
	}
	if form.File("no such") == nil && len(form.Values("no such")) == 0 {
		told["missing"] = "TRIVET_E_NOT_FOUND"
	}
	file := form.File("file")
	for index, part := range form.Parts() {
		if part == &file.Part {
			told["find"], told["index"] = "TRIVET_OK", index
		}
	}
	folder, err := os.MkdirTemp("", "trivet-driver-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "kept")
	told["save"] = statusOf(file.Save(path))
	if err := tellSaved(told, path); err != nil {
		return err
	}
	told["again"] = statusOf(file.Save(path))
	told["replace"] = statusOf(file.Save(path, trivet.Replace))
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	told["nowhere"] = statusOf(file.Save(path))
	opened, err := file.Open()
	if err != nil {
		return err
	}
	defer opened.Close()
	if told["descriptor"], err = sha256Of(opened); err != nil {
		return err
	}
	return c.JSON(told)
}

func tellSaved(told trivet.Map, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	facts, err := file.Stat()
	if err != nil {
		return err
	}
	told["mode"] = fmt.Sprintf("%o", facts.Mode().Perm())
	told["saved"], err = sha256Of(file)
	return err
}

// answerDecoded tells what arrived, and which fields still say how it was encoded.
func answerDecoded(c *trivet.Ctx) error {
	sum := sha256.Sum256(c.Body())
	fields := []string{}
	for _, name := range []string{"Content-Encoding", "Content-Length"} {
		if _, err := c.LookupHeader(name); err == nil {
			fields = append(fields, name)
		}
	}
	return c.JSON(trivet.Map{
		"bytes": len(c.Body()), "sha256": hex.EncodeToString(sum[:]), "fields": fields,
	})
}
