package trivettest

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Event is one Server-Sent Event as a client reads it (HTML Living Standard, section 9.2.6).
type Event struct {
	Data  string
	Name  string // "message" unless it was given
	ID    string // the last one that was given, by this event or before it
	Retry time.Duration
}

// JSON decodes the data.
func (e Event) JSON(into any) error { return json.Unmarshal([]byte(e.Data), into) }

// Events is an answer of events.
type Events struct {
	Status int
	Header http.Header

	client   *Client
	path     string
	lines    *bufio.Scanner
	body     io.Closer
	cancel   context.CancelFunc
	id       string
	comments []string
}

// SSE begins to read the events of a path. The client leaves with [Events.Close], at the latest when the
// test ends.
func (c *Client) SSE(path string, parts ...Part) *Events {
	c.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	parts = append([]Part{Header("Accept", "text/event-stream")}, parts...)
	answer := c.send(ctx, "GET", path, parts)
	e := &Events{
		Status: answer.StatusCode, Header: answer.Header, client: c, path: path,
		lines: bufio.NewScanner(answer.Body), body: answer.Body, cancel: cancel,
	}
	e.lines.Buffer(nil, 16<<20)
	e.lines.Split(splitLine)
	c.t.Cleanup(e.Close)
	return e
}

// Next waits for the next event; false at the end.
func (e *Events) Next() (event Event, ok bool) {
	e.client.t.Helper()
	deadline := time.AfterFunc(patience, e.cancel)
	defer deadline.Stop()
	var data []string
	event.Name = "message"
	for e.lines.Scan() {
		line := e.lines.Text()
		if line == "" {
			if data != nil {
				event.Data, event.ID = strings.Join(data, "\n"), e.id
				return event, true
			}
			event = Event{Name: "message"}
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "":
			e.comments = append(e.comments, value)
		case "data":
			data = append(data, value)
		case "event":
			event.Name = cmp.Or(value, "message")
		case "id":
			e.id = value
		case "retry":
			if ms, err := strconv.ParseUint(value, 10, 31); err == nil {
				event.Retry = time.Duration(ms) * time.Millisecond
			}
		}
	}
	if err := e.lines.Err(); err != nil && !e.client.explain("GET", e.path) {
		e.client.t.Fatalf("GET %s: the events break off: %v", e.path, err)
	}
	return Event{}, false
}

// Comments returns the comments that have been read so far: what heartbeats are.
func (e *Events) Comments() []string { return e.comments }

// Close leaves.
func (e *Events) Close() {
	e.cancel()
	e.body.Close()
}

// splitLine is for lines that end with a line feed, a carriage return, or both.
func splitLine(data []byte, atEOF bool) (advance int, token []byte, err error) {
	end := bytes.IndexAny(data, "\r\n")
	switch {
	case end < 0 || (data[end] == '\r' && end+1 == len(data) && !atEOF):
		return 0, nil, nil // half a line counts for nothing
	case data[end] == '\r' && end+1 < len(data) && data[end+1] == '\n':
		return end + 2, data[:end], nil
	default:
		return end + 1, data[:end], nil
	}
}
