package trivet

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
)

const (
	quiet      = "TRIVET_LOG=error"
	twoWorkers = "TRIVET_WORKERS=2"
)

func TestWorkersServeOnOnePort(t *testing.T) {
	p := startProgram(t, "listen", 2, quiet, twoWorkers)
	pids := p.collect("/pid", 2)
	if pids[fmt.Sprint(p.command.Process.Pid)] {
		t.Error("the supervisor serves")
	}
	want := map[string]bool{`true 0 of 2 ""`: true, `true 1 of 2 ""`: true}
	for got := range p.collect("/worker", 2) {
		if !want[got] {
			t.Errorf("got %s", got)
		}
	}
	p.signal(syscall.SIGTERM)
	code, lines := p.end()
	stopped := 0
	for _, line := range lines {
		if strings.HasPrefix(line, "STOPPED") {
			stopped++
		}
	}
	if code != 0 || stopped != 2 || lines[len(lines)-1] != "RETURNED" || p.stderr.String() != "" {
		t.Errorf("exit code %d, %v, %s", code, lines, p.stderr.String())
	}
}

func TestWorkersMayHaveThreads(t *testing.T) {
	p := startProgram(t, "listen", 2, quiet, twoWorkers, "TRIVET_THREADS=2")
	p.collect("/thread", 4)
	p.signal(syscall.SIGTERM)
	if code, lines := p.end(); code != 0 {
		t.Errorf("exit code %d, %v, %s", code, lines, p.stderr.String())
	}
}

func TestServeIsAWorkerToo(t *testing.T) {
	// A program that calls Serve, started by the supervisor of one that calls Listen.
	p := startProgram(t, "listen-serve", 2, quiet, twoWorkers)
	p.collect("/worker", 2)
	p.signal(syscall.SIGTERM)
	if code, lines := p.end(); code != 0 {
		t.Errorf("exit code %d, %v, %s", code, lines, p.stderr.String())
	}
}

func TestKilledWorkerIsReplaced(t *testing.T) {
	p := startProgram(t, "listen", 2, quiet, twoWorkers)
	for range 3 {
		victim := p.pids[0]
		if err := syscall.Kill(victim, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		p.awaitReady()
		p.pids = p.pids[1:]
		pids := p.collect("/pid", 2)
		if pids[fmt.Sprint(victim)] {
			t.Error("a dead process answered")
		}
	}
	p.signal(syscall.SIGTERM)
	if code, lines := p.end(); code != 0 {
		t.Errorf("exit code %d, %v, %s", code, lines, p.stderr.String())
	}
}

func TestWorkersFinishWhatIsInFlight(t *testing.T) {
	p := startProgram(t, "listen", 2, quiet, twoWorkers)
	var connections []*client
	for range 10 {
		connections = append(connections, p.begin("/drained"))
	}
	p.signal(syscall.SIGTERM)
	for _, connection := range connections {
		expectText(t, connection.receive(t, "GET"), 200, "finished")
		connection.Close()
	}
	if code, lines := p.end(); code != 0 {
		t.Errorf("exit code %d, %v, %s", code, lines, p.stderr.String())
	}
}

func TestSecondSignalForcesTheEndOfWorkers(t *testing.T) {
	p := startProgram(t, "listen", 2, quiet, twoWorkers)
	connection := p.begin("/never")
	defer connection.Close()
	p.signal(syscall.SIGTERM)
	p.await("STOPPED") // the idle worker: the drain has begun
	p.signal(syscall.SIGTERM)
	if code, lines := p.end(); code != 0 {
		t.Errorf("exit code %d, %v, %s", code, lines, p.stderr.String())
	}
}

func TestInterruptOfATerminalReachesTheSupervisorOnly(t *testing.T) {
	p := startProgram(t, "listen", 2, quiet, twoWorkers)
	for _, pid := range p.pids {
		if err := syscall.Kill(pid, syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
	}
	p.collect("/pid", 2)
	for _, pid := range p.pids { // both live, and neither was replaced
		if err := syscall.Kill(pid, 0); err != nil {
			t.Error(err)
		}
	}
	p.signal(syscall.SIGINT)
	if code, lines := p.end(); code != 0 {
		t.Errorf("exit code %d, %v, %s", code, lines, p.stderr.String())
	}
}

func TestTerminatedWorkerDrainsAndIsReplaced(t *testing.T) {
	p := startProgram(t, "listen", 2, quiet, twoWorkers)
	if err := syscall.Kill(p.pids[0], syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := p.await("STOPPED"); got != fmt.Sprint(p.pids[0]) {
		t.Errorf("process %s stopped", got)
	}
	p.awaitReady()
	p.signal(syscall.SIGTERM)
	if code, lines := p.end(); code != 0 {
		t.Errorf("exit code %d, %v, %s", code, lines, p.stderr.String())
	}
}

func TestWorkersEndWithTheirSupervisor(t *testing.T) {
	p := startProgram(t, "listen", 2, quiet, twoWorkers)
	p.signal(syscall.SIGKILL)
	p.await("RETURNED")
	p.await("RETURNED")
	if line, ok := p.next(); ok { // the end of standard output is that of the last process
		t.Errorf("they go on with %s", line)
	}
}

func TestWorkerWhoseStartupFailsIsStartedAgain(t *testing.T) {
	p := startProgram(t, "startup", 0, "TRIVET_LOG=warn", twoWorkers)
	// Each process prints one line of its own when it gives up; the supervisor tries again.
	p.awaitError("startup failed: no database", 3)
	p.signal(syscall.SIGTERM)
	if code, lines := p.end(); code != 0 || len(lines) != 0 { // neither READY nor STOPPED
		t.Errorf("exit code %d, %v", code, lines)
	}
}

func TestProgramWithoutWorkers(t *testing.T) {
	for name, printed := range map[string]string{"run": "STOPPED", "listen": "RETURNED"} {
		p := startProgram(t, name, 1, quiet)
		if pid := p.server.get(t, "/pid").body; pid != fmt.Sprint(p.command.Process.Pid) {
			t.Errorf("process %s answers", pid)
		}
		expectText(t, p.server.get(t, "/worker"), 200, `false 0 of 0 ""`)
		p.signal(syscall.SIGTERM)
		code, lines := p.end()
		if code != 0 || p.stderr.String() != "" || !strings.HasPrefix(lines[len(lines)-1], printed) {
			t.Errorf("%s: exit code %d, %v, %q", name, code, lines, p.stderr.String())
		}
	}
}

func TestFailuresOfAProgramAreOneLineAndExitCode1(t *testing.T) {
	p := startProgram(t, "startup", 0, quiet)
	if code, _ := p.end(); code != 1 || p.stderr.String() != "startup failed: no database\n" {
		t.Errorf("exit code %d, %q", code, p.stderr.String())
	}
	p = startProgram(t, "shutdown", 1, quiet)
	p.signal(syscall.SIGINT)
	if code, _ := p.end(); code != 1 || p.stderr.String() != "shutdown failed: not flushed\n" {
		t.Errorf("exit code %d, %q", code, p.stderr.String())
	}
	p = startProgram(t, "listen", 0, quiet, "TRIVET_WORKER=nonsense")
	if code, _ := p.end(); code != 1 || !strings.Contains(p.stderr.String(), `"nonsense"`) {
		t.Errorf("exit code %d, %q", code, p.stderr.String())
	}
}
