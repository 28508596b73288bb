package trivet

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// residentBytes is the memory of this process that is in use.
func residentBytes(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(status))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// The client is in the same process: its share counts, too.
func TestAGibibyteNeedsNoMemory(t *testing.T) {
	const size, growthMax = 1 << 30, 32 << 20
	app := New()
	app.Post("/up", func(c *Ctx) error {
		n, err := io.Copy(io.Discard, c.BodyReader())
		if err != nil {
			return err
		}
		return c.Text(fmt.Sprint(n))
	}, StreamBody(), RouteLimits{BodyBytesMax: size})
	app.Get("/down", func(c *Ctx) error {
		w, err := c.Stream(200, "", StreamLength(size))
		if err != nil {
			return err
		}
		piece := make([]byte, 50_000)
		for left := size; left > 0; {
			n, err := w.Write(piece[:min(left, len(piece))])
			if err != nil {
				return err
			}
			left -= n
		}
		return nil
	})
	s := serve(t, app)
	s.do(t, "POST", "/up", "warm")
	before, worst := residentBytes(t), 0
	watch := func() { worst = max(worst, residentBytes(t)-before) }

	connection := s.dial(t)
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(10 * patience))
	connection.beginUpload(t, "/up", "", fmt.Sprint("Content-Length: ", size))
	piece := make([]byte, 1<<20)
	for sent := 0; sent < size; sent += len(piece) {
		if _, err := connection.Write(piece); err != nil {
			t.Fatal(err)
		}
		if sent%(64<<20) == 0 {
			watch()
		}
	}
	expectText(t, connection.receive(t, "POST"), 200, fmt.Sprint(size))
	watch()

	connection.send(t, "GET", "/down", "")
	body := connection.response(t, "GET").Body
	for received := 0; received < size; received += len(piece) {
		if _, err := io.ReadFull(body, piece); err != nil {
			t.Fatal(err)
		}
		if received%(64<<20) == 0 {
			watch()
		}
	}
	watch()
	if worst > growthMax {
		t.Errorf("memory grew by %d bytes", worst)
	}
}

// A hundred clients that come, begin something and leave cost no descriptor.
func TestStreamsLeaveNothingBehind(t *testing.T) {
	app := New()
	app.Post("/", func(c *Ctx) error {
		w, err := c.Stream(200, "")
		if err != nil {
			return err
		}
		_, err = io.Copy(w, c.BodyReader())
		return err
	}, StreamBody())
	s := serve(t, app)
	descriptors := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	s.do(t, "POST", "/", "warm")
	before := descriptors()
	for n := range 100 {
		connection := s.dial(t)
		connection.beginUpload(t, "/", "abc", "Content-Length: 9")
		if n%2 == 0 {
			if err := connection.Conn.(*net.TCPConn).SetLinger(0); err != nil {
				t.Fatal(err)
			}
		}
		connection.Close()
	}
	// A request that comes later is served, and by then nothing of the others is left.
	deadline := time.Now().Add(patience)
	for {
		stats, err := s.loop.Stats()
		if err != nil {
			t.Fatal(err)
		}
		if stats.Connections == 0 && descriptors() <= before {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d connections, %d descriptors instead of %d", stats.Connections,
				descriptors(), before)
		}
		expectText(t, s.do(t, "POST", "/", "1"), 200, "1")
	}
}
