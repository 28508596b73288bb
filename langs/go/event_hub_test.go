package trivet

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// hubOf makes a hub that is closed when the test ends, unless it is already.
func hubOf(t *testing.T, app *App, config EventHubConfig) *EventHub {
	t.Helper()
	hub, err := NewEventHub(app, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := hub.Close(); err != nil {
			t.Error(err)
		}
	})
	return hub
}

func (h *EventHub) info(t *testing.T) EventHubInfo {
	t.Helper()
	info, err := h.Info()
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// subscribe connects a client to a hub.
func (s *server) subscribe(t *testing.T, target string, fields ...string) (*client, *bufio.Reader) {
	t.Helper()
	connection := s.dial(t)
	t.Cleanup(func() { connection.Close() })
	connection.send(t, "GET", target, "", fields...)
	_, stream := connection.events(t)
	return connection, stream
}

func publish(t *testing.T, hub *EventHub, values ...any) {
	t.Helper()
	for _, value := range values {
		if err := hub.Publish(value); err != nil {
			t.Fatal(err)
		}
	}
}

// eventually publishes until the hub's information says what is waited for.
func (h *EventHub) eventually(t *testing.T, value any, isSo func(info EventHubInfo) bool) EventHubInfo {
	t.Helper()
	for limit := time.Now().Add(patience); ; {
		info := h.info(t)
		if isSo(info) {
			return info
		}
		if time.Now().After(limit) {
			t.Fatalf("%+v", info)
		}
		if value != nil {
			publish(t, h, value)
		}
	}
}

func TestAHubReachesItsSubscribers(t *testing.T) {
	eachEngine(t, func(t *testing.T, app *App) {
		hub := hubOf(t, app, EventHubConfig{OwnIDs: true, Retry: time.Second})
		for path, options := range map[string][]RouteOption{"/": nil, "/inline": {Inline}} {
			app.Get(path, func(c *Ctx) error {
				c.SetHeader("X-One", "1")
				err := hub.Stream(c)
				if c.Path() != "" || !errors.Is(c.Text("late"), ErrStale) {
					t.Error("the request is still the handler's")
				}
				return err
			}, options...)
		}
		s := serve(t, app)
		var streams []*bufio.Reader
		for _, target := range []string{"/", "/inline", "/"} {
			connection := s.dial(t)
			defer connection.Close()
			connection.send(t, "GET", target, "")
			response, stream := connection.events(t)
			if response.Header.Get("X-One") != "1" {
				t.Errorf("%v", response.Header)
			}
			streams = append(streams, stream)
		}
		publish(t, hub, Event{ID: "1", Event: "task", Data: Map{"n": 1}}, "two", []byte("three"))
		for _, stream := range streams {
			for _, want := range []string{
				"retry: 1000\n\n", "id: 1\nevent: task\ndata: {\"n\":1}\n\n", "data: two\n\n",
				"data: three\n\n",
			} {
				if got := readEvent(t, stream); got != want {
					t.Errorf("%q", got)
				}
			}
		}
		if err := hub.Close(); err != nil {
			t.Error(err)
		}
		for _, stream := range streams {
			if rest, err := io.ReadAll(stream); len(rest) > 0 || err != nil {
				t.Errorf("%q, %v", rest, err)
			}
		}
	})
}

func TestAClientThatComesBackGetsWhatItMissed(t *testing.T) {
	app := New()
	hub := hubOf(t, app, EventHubConfig{})
	app.Get("/", hub.Stream)
	app.Get("/after", func(c *Ctx) error { return hub.StreamAfter(c, c.Query("id")) })
	s := serve(t, app)
	_, first := s.subscribe(t, "/")
	publish(t, hub, "a", "b", "c")
	var ids []string
	for _, data := range []string{"a", "b", "c"} {
		id, rest, _ := strings.Cut(readEvent(t, first), "\n")
		if rest != "data: "+data+"\n\n" {
			t.Errorf("%q", rest)
		}
		ids = append(ids, strings.TrimPrefix(id, "id: "))
	}
	_, field := s.subscribe(t, "/", "Last-Event-ID: "+ids[0])
	_, query := s.subscribe(t, "/after?id="+ids[1])
	_, other := s.subscribe(t, "/after?id=", "Last-Event-ID: "+ids[0])
	_, unknown := s.subscribe(t, "/after?id=unknown")
	publish(t, hub, "d")
	for stream, want := range map[*bufio.Reader]string{
		field: "bcd", query: "cd", other: "d", unknown: "abcd",
	} {
		for _, data := range want {
			if got := readEvent(t, stream); !strings.HasSuffix(got, fmt.Sprintf("\ndata: %c\n\n", data)) {
				t.Errorf("%q in place of %c of %s", got, data, want)
			}
		}
	}
	if info := hub.info(t); info.GapsTotal != 1 || info.HistoryEvents != 4 || info.HistoryBytes == 0 {
		t.Errorf("%+v", info)
	}
}

func TestAHubOverSeveralLoops(t *testing.T) {
	app := New(Config{Threads: 3})
	hub := hubOf(t, app, EventHubConfig{OwnIDs: true, History: 4096, HistoryBytes: 1 << 20})
	app.Get("/", hub.Stream)
	s := serve(t, app)
	const clients, publishers, each = 12, 4, 100
	var streams []*bufio.Reader
	for range clients {
		_, stream := s.subscribe(t, "/")
		streams = append(streams, stream)
	}
	var group sync.WaitGroup
	for publisher := range publishers {
		group.Add(1)
		go func() {
			defer group.Done()
			for n := range each {
				if err := hub.Publish(Event{Event: strconv.Itoa(publisher), Data: n}); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	group.Wait()
	publish(t, hub, "end")
	var inOrder string
	for i, stream := range streams {
		next, all := [publishers]int{}, ""
		for range publishers * each {
			event := readEvent(t, stream)
			all += event
			var publisher, n int
			if _, err := fmt.Sscanf(event, "event: %d\ndata: %d", &publisher, &n); err != nil ||
				next[publisher] != n {
				t.Fatalf("%q, %v, not %d", event, err, next[publisher])
			}
			next[publisher]++
		}
		if got := readEvent(t, stream); got != "data: end\n\n" {
			t.Errorf("%q", got)
		}
		if i == 0 {
			inOrder = all
		} else if all != inOrder {
			t.Errorf("client %d has them in another order", i)
		}
	}
	info := hub.eventually(t, nil, func(info EventHubInfo) bool {
		return info.DeliveredTotal == clients*(publishers*each+1)
	})
	if info.Subscribers != clients || info.SubscribersTotal != clients ||
		info.PublishedTotal != publishers*each+1 || info.DroppedTotal != 0 {
		t.Errorf("%+v", info)
	}
}

func TestPoliciesForSlowClients(t *testing.T) {
	const count, size = 1000, 60_000 // 60 MB: more than the kernel and the hub hold
	large := Event{Data: strings.Repeat("x", size), Key: "one"}
	for _, policy := range []HubPolicy{HubDropOldest, HubClose, HubCoalesce} {
		t.Run(string(policy), func(t *testing.T) {
			app := New()
			hub := hubOf(t, app, EventHubConfig{
				Policy: policy, History: 100, HistoryBytes: 4 << 20, ClientBytesMax: 200_000,
			})
			app.Get("/", hub.Stream)
			s := serve(t, app)
			_, stream := s.subscribe(t, "/")
			if policy == HubClose {
				info := hub.eventually(t, large, func(info EventHubInfo) bool {
					return info.Subscribers == 0
				})
				if _, err := io.ReadAll(stream); err == nil || info.ClosedTotal != 1 {
					t.Errorf("%v, %+v", err, info)
				}
				return
			}
			for range count {
				publish(t, hub, large)
			}
			publish(t, hub, "last")
			got := 0
			for !strings.HasSuffix(readEvent(t, stream), "\ndata: last\n\n") {
				got++
			}
			info := hub.eventually(t, nil, func(info EventHubInfo) bool {
				return info.DeliveredTotal == uint64(got+1)
			})
			missed := info.DroppedTotal + info.SupersededTotal
			isCounted := (policy == HubCoalesce) == (info.SupersededTotal > 0)
			if got >= count || missed != uint64(count-got) || !isCounted {
				t.Errorf("%d of %d, %+v", got, count, info)
			}
		})
	}
}

func TestAHubLetsGoOfClientsThatLeave(t *testing.T) {
	app := New()
	hub := hubOf(t, app, EventHubConfig{})
	app.Get("/", hub.Stream)
	s := serve(t, app)
	connection, _ := s.subscribe(t, "/")
	if info := hub.info(t); info.Subscribers != 1 {
		t.Errorf("%+v", info)
	}
	connection.Close()
	hub.eventually(t, "x", func(info EventHubInfo) bool { return info.Subscribers == 0 })
}

func TestAHubTakesNoClientThatHasLeft(t *testing.T) {
	app := New()
	hub := hubOf(t, app, EventHubConfig{})
	inside, over := make(chan struct{}), make(chan error, 1)
	app.Get("/", func(c *Ctx) error {
		close(inside)
		<-c.Done()
		err := hub.Stream(c)
		over <- err
		return err
	})
	s := serve(t, app)
	log := logOf(t, func() {
		connection := s.dial(t)
		connection.send(t, "GET", "/", "")
		receive(t, inside)
		connection.Close()
		if err := receive(t, over); !errors.Is(err, ErrGone) {
			t.Errorf("%v", err)
		}
		s.end(t)
	})
	if info := hub.info(t); info.SubscribersTotal != 0 || log != "" {
		t.Errorf("%+v, logged: %s", info, log)
	}
}

func TestADrainEndsTheStreamsOfHubs(t *testing.T) {
	app := New()
	hub := hubOf(t, app, EventHubConfig{OwnIDs: true})
	app.Get("/", hub.Stream)
	s := serve(t, app)
	connection, stream := s.subscribe(t, "/")
	publish(t, hub, "last")
	s.cancel()
	if got, err := io.ReadAll(stream); string(got) != "data: last\n\n" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	connection.Close()
	s.end(t)
}

func TestAHubThatDoesNotTakeAClient(t *testing.T) {
	app := New()
	app.After(func(_ *Ctx, r *Response) error { return r.SetHeader("X-After", strconv.Itoa(r.Status)) })
	closed := hubOf(t, app, EventHubConfig{})
	full := hubOf(t, app, EventHubConfig{SubscribersMax: 1})
	if err := closed.Close(); err != nil {
		t.Error(err)
	}
	refused := func(hub *EventHub, cause error) Handler {
		return func(c *Ctx) error {
			err := hub.Stream(c)
			if !errors.Is(err, cause) || !errors.Is(err, ServiceUnavailable("")) {
				t.Errorf("%v", err)
			}
			return err
		}
	}
	app.Get("/full", full.Stream)
	app.Get("/full/refused", refused(full, ErrLimit))
	app.Get("/closed", refused(closed, ErrStale))
	app.Get("/answers", func(c *Ctx) error {
		if err := closed.Stream(c); err == nil {
			t.Error("a closed hub took it")
		}
		return c.Text("all the same")
	})
	s := serve(t, app)
	s.subscribe(t, "/full")
	for _, target := range []string{"/full/refused", "/closed"} {
		if got := s.get(t, target); got.status != 503 || got.header.Get("X-After") != "503" {
			t.Errorf("%s: %+v", target, got)
		}
	}
	expectText(t, s.get(t, "/answers"), 200, "all the same")
}

// heldRequest is a request without a client, in the hands of a loop that has no engine.
func heldRequest(app *App) *Ctx {
	records := []byte{}
	return &Ctx{
		loop:    &Loop{app: app, pool: newPool(nil), thread: -1},
		route:   &route{},
		records: &records,
		request: 1,
	}
}

// The loop ends between the beginning of a subscription and what it has to do for it.
func TestALoopThatEndsDuringASubscription(t *testing.T) {
	app := New()
	hub := hubOf(t, app, EventHubConfig{})
	defer app.Close()
	c := heldRequest(app)
	c.loop.pool.isClosed = true
	err := hub.Stream(c)
	if !errors.Is(err, ErrGone) || c.state != ctxEnded || c.view != nil || c.Err() == nil {
		t.Errorf("%v, %+v", err, c)
	}
	records := c.records
	c.finish(err)
	if len(*records) > 0 {
		t.Error("a request without a loop was answered")
	}
}

// The handler ends while the hub is asked: there is no writer, and perhaps nothing else in pieces.
func TestAHandlerThatEndsDuringASubscription(t *testing.T) {
	for _, more := range []*ctxMore{{}, {stream: &ctxStream{}}} {
		c := heldRequest(New())
		c.state, c.more = ctxStreaming, more
		c.makeRoom(0)
		c.finish(nil)
		if steps := c.loop.pool.steps; len(steps) == 0 ||
			binary.NativeEndian.Uint32(steps[recordKind:]) != postAbort {
			t.Errorf("the request is kept: %v", steps)
		}
		if c.state != ctxEnded {
			t.Error("the request goes on")
		}
		c.loop.app.Close()
	}
}

// What an engine without memory has broken off cannot be answered otherwise.
func TestASubscriptionWithoutMemory(t *testing.T) {
	app := New()
	defer app.Close()
	hub := hubOf(t, app, EventHubConfig{})
	for _, cause := range []error{ErrMemory, ErrGone, ErrStale} {
		c := heldRequest(app)
		c.state = ctxStreaming
		if err := c.endSubscription(hub, cause); !errors.Is(err, cause) || c.state != ctxEnded {
			t.Errorf("%v: %v, %d", cause, err, c.state)
		}
	}
}

func TestARequestThatAHubCannotAnswer(t *testing.T) {
	app := New()
	hub := hubOf(t, app, EventHubConfig{})
	app.OnError(func(c *Ctx, err error) error {
		if errors.Is(err, ErrGone) {
			return nil
		}
		if err := hub.Stream(c); !errors.Is(err, ErrState) {
			t.Errorf("in an error handler: %v", err)
		}
		return c.Status(418).Text(err.Error())
	})
	fails := func(prepare func(c *Ctx), cause error) Handler {
		return func(c *Ctx) error {
			prepare(c)
			if err := hub.Stream(c); !errors.Is(err, cause) {
				t.Errorf("%v", err)
			}
			return errors.New("as expected")
		}
	}
	app.Get("/answered", fails(func(c *Ctx) { c.Text("whole") }, ErrStale))
	app.Get("/status", fails(func(c *Ctx) { c.Status(201) }, ErrState))
	app.Get("/hook", hub.Stream, After(func(_ *Ctx, r *Response) error {
		if r.Status == 200 {
			return errors.New("the hook failed")
		}
		return nil
	}))
	app.Get("/failing", func(c *Ctx) error {
		return errors.Join(hub.Stream(c), errors.New("too late"))
	}, Inline)
	app.Get("/stream", hub.Stream)
	s := serve(t, app)
	for target, want := range map[string]string{
		"/answered": "as expected", "/status": "as expected", "/hook": "the hook failed",
	} {
		expectText(t, s.get(t, target), 418, want)
	}
	got := s.do(t, "HEAD", "/stream", "")
	if got.status != 200 || got.contentType() != "text/event-stream" {
		t.Errorf("%+v", got)
	}
	log := logOf(t, func() {
		connection, _ := s.subscribe(t, "/failing")
		if info := hub.info(t); info.Subscribers != 1 {
			t.Errorf("%+v", info)
		}
		connection.Close()
		s.end(t)
	})
	if strings.Count(log, "too late") != 1 {
		t.Errorf("logged: %s", log)
	}
}

func TestHubsAreCheckedAndClosed(t *testing.T) {
	app := New()
	for _, config := range []EventHubConfig{
		{Policy: "none"},
		{History: -1},
		{History: 65537},
		{HistoryBytes: 1},
		{HistoryBytes: 1 << 31},
		{EventBytesMax: 300_000},
		{ClientBytesMax: 300_000},
		{SubscribersMax: -1},
		{Heartbeat: -2},
		{Heartbeat: heartbeatMax + 1},
		{Retry: -1},
		{Retry: 1 << 62},
	} {
		if hub, err := NewEventHub(app, config); !errors.Is(err, ErrArgument) || hub != nil {
			t.Errorf("%+v: %v", config, err)
		}
	}
	for _, config := range []EventHubConfig{
		{HistoryBytes: 1024}, {Heartbeat: Unlimited}, {Heartbeat: time.Hour}, {Policy: HubCoalesce},
	} {
		hubOf(t, app, config)
	}
	hub := hubOf(t, app, EventHubConfig{EventBytesMax: 100})
	for _, c := range []struct {
		value any
		cause error
	}{
		{nil, ErrArgument},
		{Event{}, ErrArgument},
		{(*Event)(nil), ErrArgument},
		{Event{ID: "1", Data: "x"}, ErrArgument},
		{strings.Repeat("x", 100), ErrLimit},
		{"\xff", ErrArgument},
	} {
		if err := hub.Publish(c.value); !errors.Is(err, c.cause) {
			t.Errorf("%v: %v", c.value, err)
		}
	}
	if err := hub.Publish(make(chan int)); err == nil {
		t.Error("a channel was published")
	}
	if info := hub.info(t); info.PublishedTotal != 0 || info.HistoryEvents != 0 {
		t.Errorf("%+v", info)
	}
	for range 2 {
		if err := hub.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := hub.Publish("x"); !errors.Is(err, ErrStale) {
		t.Errorf("%v", err)
	}
	other := hubOf(t, app, EventHubConfig{})
	if err := app.Close(); err != nil {
		t.Error(err)
	}
	if _, err := other.Info(); !errors.Is(err, ErrStale) {
		t.Errorf("the app is closed: %v", err)
	}
	if _, err := NewEventHub(app, EventHubConfig{}); !errors.Is(err, ErrState) {
		t.Errorf("%v", err)
	}
}
