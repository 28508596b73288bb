package trivet

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// programVariable names the program that the test binary is to be instead of running tests.
const programVariable = "TRIVET_TEST_PROGRAM"

// runProgram is the main function of a program under test.
func runProgram(name string) {
	log.SetFlags(0)
	app := New(OnReady(func(l *Loop) {
		fmt.Printf("READY %d %d\n", l.port, os.Getpid())
	}))
	app.OnShutdown(func(context.Context) error {
		fmt.Printf("STOPPED %d\n", os.Getpid())
		return nil
	})
	app.Get("/pid", func(c *Ctx) error { return c.Text(strconv.Itoa(os.Getpid())) })
	app.Get("/thread", func(c *Ctx) error { return c.Text(strconv.Itoa(c.Loop().thread)) })
	app.Get("/worker", answerWorker)
	app.Get("/drained", answerWhenDraining)
	app.Get("/never", func(c *Ctx) error {
		fmt.Println("ARRIVED")
		select {}
	})
	switch name {
	case "listen":
		if err := app.Listen("127.0.0.1:0"); err != nil {
			log.Fatal(err)
		}
		fmt.Println("RETURNED")
	case "run":
		app.Run("127.0.0.1:0")
	case "startup":
		app.OnStartup(func(context.Context) error { return errors.New("no database") })
		app.Run("127.0.0.1:0")
	case "shutdown":
		app.OnShutdown(func(context.Context) error { return errors.New("not flushed") })
		app.Run("127.0.0.1:0")
	case "listen-serve": // the supervisor listens, its workers serve
		if os.Getenv("TRIVET_WORKER") == "" {
			app.Run("127.0.0.1:0")
		}
		if err := app.Serve(context.Background(), "127.0.0.1:0"); err != nil {
			log.Fatal(err)
		}
	default:
		log.Fatalf("there is no program %s", name)
	}
}

// answerWorker tells what the process is, and what those that it starts see of it.
func answerWorker(c *Ctx) error {
	info, isWorker := c.Loop().App().Worker()
	child, err := exec.Command("sh", "-c", "echo $TRIVET_WORKER").Output()
	if err != nil {
		return err
	}
	inherited := os.Getenv("TRIVET_WORKER") + strings.TrimSpace(string(child))
	return c.Text(fmt.Sprintf("%v %d of %d %q", isWorker, info.Slot, info.Workers, inherited))
}

// answerWhenDraining answers once the drain of its loop has begun.
func answerWhenDraining(c *Ctx) error {
	fmt.Println("ARRIVED")
	for {
		info, err := c.Loop().Info()
		if err != nil {
			return err
		}
		if info.State == "draining" {
			return c.Text("finished")
		}
	}
}

// lockedBuffer can be read while a process writes to it.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// program is a running program.
type program struct {
	t       *testing.T
	command *exec.Cmd
	lines   chan string // of standard output; closed at its end
	stderr  lockedBuffer
	server  *server
	pids    []int // of the processes that serve
}

// startProgram starts a program and waits until so many of its processes accept.
func startProgram(t *testing.T, name string, ready int, environment ...string) *program {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, command: exec.Command(executable), lines: make(chan string, 100)}
	p.command.Env = append(append(os.Environ(), programVariable+"="+name), environment...)
	p.command.Stderr = &p.stderr
	stdout, err := p.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.command.ProcessState == nil { // its workers see its end
			p.command.Process.Kill()
			p.command.Wait()
		}
	})
	go func() {
		defer close(p.lines)
		for reader := bufio.NewReader(stdout); ; {
			line, err := reader.ReadString('\n')
			if err != nil {
				return
			}
			p.lines <- strings.TrimSpace(line)
		}
	}()
	for range ready {
		p.awaitReady()
	}
	return p
}

// next returns the next line; false at the end of standard output, and when none comes.
func (p *program) next() (line string, ok bool) {
	select {
	case line, ok = <-p.lines:
	case <-time.After(patience):
		p.t.Error("the program goes on in silence")
	}
	return line, ok
}

// awaitError waits until a text stands so many times on standard error.
func (p *program) awaitError(text string, count int) {
	p.t.Helper()
	for end := time.Now().Add(patience); strings.Count(p.stderr.String(), text) < count; {
		if time.Now().After(end) {
			p.t.Fatalf("%q does not stand %d times in %s", text, count, p.stderr.String())
		}
		runtime.Gosched()
	}
}

// await returns what follows a word at the beginning of a line.
func (p *program) await(word string) string {
	p.t.Helper()
	for {
		line, ok := p.next()
		if !ok {
			p.t.Fatalf("%s did not come; standard error: %s", word, p.stderr.String())
		}
		if rest, found := strings.CutPrefix(line, word); found {
			return strings.TrimSpace(rest)
		}
	}
}

func (p *program) awaitReady() (pid int) {
	p.t.Helper()
	var port int
	if _, err := fmt.Sscan(p.await("READY"), &port, &pid); err != nil {
		p.t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	if p.server != nil && p.server.address != address {
		p.t.Errorf("one process at %s, another at %s", p.server.address, address)
	}
	p.server = &server{address: address}
	p.pids = append(p.pids, pid)
	return pid
}

func (p *program) signal(signal syscall.Signal) { p.command.Process.Signal(signal) }

// end waits for the program's end and returns its exit code and what it still printed.
func (p *program) end() (code int, lines []string) {
	p.t.Helper()
	for line, ok := p.next(); ok; line, ok = p.next() {
		lines = append(lines, line)
	}
	_ = p.command.Wait() // an exit code is no failure here
	for _, pid := range p.pids {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			p.t.Errorf("process %d is left: %v", pid, err)
		}
	}
	return p.command.ProcessState.ExitCode(), lines
}

// collect asks for a target on new connections until so many different answers came.
func (p *program) collect(target string, count int) map[string]bool {
	p.t.Helper()
	seen := map[string]bool{}
	for range 2000 {
		seen[p.server.get(p.t, target).body] = true
		if len(seen) == count {
			return seen
		}
	}
	p.t.Fatalf("%s: %v instead of %d different answers", target, seen, count)
	return nil
}

// begin sends a request and returns its connection when the handler says that it runs.
func (p *program) begin(target string) *client {
	p.t.Helper()
	connection := p.server.dial(p.t)
	connection.send(p.t, "GET", target, "")
	p.await("ARRIVED")
	return connection
}
