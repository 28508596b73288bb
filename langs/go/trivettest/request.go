package trivettest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
)

// Part is something of a request: [JSON], [Form], [File], [Body], [Header].
type Part func(r *request) error

type request struct {
	header      http.Header
	contentType string
	body        io.Reader
	fields      url.Values
	files       []file
}

type file struct {
	field, name string
	content     []byte
}

// JSON is content, encoded as JSON.
func JSON(value any) Part {
	return func(r *request) error {
		encoded, err := json.Marshal(value)
		r.body, r.contentType = bytes.NewReader(encoded), "application/json"
		return err
	}
}

// Form is the content of an HTML form; with a [File] it is sent as multipart/form-data.
func Form(fields url.Values) Part {
	return func(r *request) error {
		r.fields = fields
		return nil
	}
}

// File is a file of an HTML form.
func File(field, name string, content []byte) Part {
	return func(r *request) error {
		r.files = append(r.files, file{field, name, content})
		return nil
	}
}

// Body is content as it is; one of unknown length is sent in pieces.
func Body(contentType string, body io.Reader) Part {
	return func(r *request) error {
		r.body, r.contentType = body, contentType
		return nil
	}
}

// Header is a header field.
func Header(name, value string) Part {
	return func(r *request) error {
		r.header.Add(name, value)
		return nil
	}
}

func (r *request) encode() error {
	switch {
	case len(r.files) > 0:
		return r.encodeFiles()
	case r.fields != nil:
		r.contentType = "application/x-www-form-urlencoded"
		r.body = strings.NewReader(r.fields.Encode())
	}
	return nil
}

func (r *request) encodeFiles() error {
	var encoded bytes.Buffer
	writer := multipart.NewWriter(&encoded)
	for name, values := range r.fields {
		for _, value := range values {
			if err := writer.WriteField(name, value); err != nil {
				return err
			}
		}
	}
	for _, file := range r.files {
		part, err := writer.CreateFormFile(file.field, file.name)
		if err != nil {
			return err
		}
		if _, err := part.Write(file.content); err != nil {
			return err
		}
	}
	r.body, r.contentType = &encoded, writer.FormDataContentType()
	return writer.Close()
}

// Response is an answer that was read to its end.
type Response struct {
	Status int
	Header http.Header
	Body   []byte

	client *Client
}

// Text returns the content.
func (r *Response) Text() string { return string(r.Body) }

// JSON decodes the content, or fails the test.
func (r *Response) JSON(into any) {
	r.client.t.Helper()
	if err := json.Unmarshal(r.Body, into); err != nil {
		r.client.t.Fatalf("%v: %v", r, err)
	}
}

func (r *Response) String() string { return fmt.Sprintf("%d %q", r.Status, r.Body) }

// Get sends a GET request for a path, which may have a query.
func (c *Client) Get(path string, parts ...Part) *Response {
	c.t.Helper()
	return c.Do("GET", path, parts...)
}

// Post sends a POST request.
func (c *Client) Post(path string, parts ...Part) *Response {
	c.t.Helper()
	return c.Do("POST", path, parts...)
}

// Put sends a PUT request.
func (c *Client) Put(path string, parts ...Part) *Response {
	c.t.Helper()
	return c.Do("PUT", path, parts...)
}

// Patch sends a PATCH request.
func (c *Client) Patch(path string, parts ...Part) *Response {
	c.t.Helper()
	return c.Do("PATCH", path, parts...)
}

// Delete sends a DELETE request.
func (c *Client) Delete(path string, parts ...Part) *Response {
	c.t.Helper()
	return c.Do("DELETE", path, parts...)
}

// Do sends a request and reads the answer to its end.
func (c *Client) Do(method, path string, parts ...Part) *Response {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	answer := c.send(ctx, method, path, parts)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil && !c.explain(method, path) {
		c.t.Fatalf("%s %s: half an answer: %v", method, path, err)
	}
	return &Response{Status: answer.StatusCode, Header: answer.Header, Body: body, client: c}
}

// send fails the test when there is no answer, or a handler has failed.
func (c *Client) send(ctx context.Context, method, path string, parts []Part) *http.Response {
	c.t.Helper()
	r := request{header: make(http.Header)}
	for _, part := range parts {
		if err := part(&r); err != nil {
			c.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	if err := r.encode(); err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	asked, err := http.NewRequestWithContext(ctx, method, c.URL(path), r.body)
	if err != nil {
		c.t.Fatal(err)
	}
	asked.Header = r.header
	if r.contentType != "" && asked.Header.Get("Content-Type") == "" {
		asked.Header.Set("Content-Type", r.contentType)
	}
	answer, err := c.http.Do(asked)
	if err != nil {
		c.explain(method, path)
		c.t.Fatalf("%s %s: no answer: %v", method, path, err)
	}
	if answer.StatusCode >= 500 {
		c.explain(method, path)
	}
	return answer
}

// explain fails the test with what handlers have failed with, and reports whether they did; nothing
// where that is expected.
func (c *Client) explain(method, path string) bool {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.expected {
		return len(c.failures) > 0
	}
	failures := c.failures
	c.failures = nil
	for _, err := range failures {
		c.t.Errorf("%s %s: the handler failed: %v", method, path, err)
	}
	return len(failures) > 0
}
