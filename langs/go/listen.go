package trivet

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

// Listen serves at an address such as ":8000" until SIGINT or SIGTERM, finishes what is in flight
// and returns nil; a second signal forces the end. An address without host means every IPv4
// interface; "unix:/run/app.sock" is a Unix socket; "" means the configured one, 127.0.0.1:8000 by
// default.
//
// Unless Workers or Threads is configured, as many loops as there are CPUs (by affinity and cgroup
// quota) serve, each on a thread of its own. With more than one worker this process only supervises:
// it runs its own executable anew, with the same arguments, for each worker, which serves when it
// comes to Listen, and is replaced when it dies.
//
// A port that is in use gives [ErrAddressInUse], a wrong route or option the error of [App.Err], and
// a failed OnStartup function its error.
//
// Since a clean end gives nil, look at the error before log.Fatal, which exits with 1 in any case;
// or see [App.Run].
func (a *App) Listen(address string) error {
	s, err := a.newSession(address)
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	forced := make(chan struct{}, 1)
	go s.obey(signals, cancel, forced)
	s.hasBanner = true
	if s.workers > 1 {
		return s.supervise(ctx, forced)
	}
	return s.serve(ctx, forced)
}

// Run is [App.Listen] as the last line of main: it ends the process, with exit code 0 after a clean
// end, else with 1 and the error on standard error. Deferred functions do not run: what is to be
// cleaned up belongs into OnShutdown.
func (a *App) Run(address string) {
	if err := a.Listen(address); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Serve is [App.Listen] for tests and for programs with signals of their own: it begins the drain
// when ctx is done, and prints no banner. It serves within this process: with more than one worker
// configured it fails with [ErrArgument].
func (a *App) Serve(ctx context.Context, address string) error {
	s, err := a.newSession(address)
	if err != nil {
		return err
	}
	if s.workers > 1 {
		return withDetail(ErrArgument, "Serve serves within this process: %d workers need Listen",
			s.workers)
	}
	return s.serve(ctx, nil)
}

// obey turns signals into the end of a session: the first cancels it, the next ones force it. A
// worker leaves SIGINT, which a terminal sends to every process, to its supervisor.
func (s *session) obey(signals <-chan os.Signal, cancel func(), forced chan<- struct{}) {
	isEnding := false
	for {
		select {
		case got := <-signals:
			switch {
			case got == syscall.SIGINT && s.worker != nil:
			case !isEnding:
				isEnding = true
				cancel()
			default:
				select {
				case forced <- struct{}{}:
				default: // it has not been taken yet
				}
			}
		case <-s.over:
			return
		}
	}
}

func splitAddress(address string) (host string, port int, err error) {
	if isUnixHost(address) {
		return address, 0, nil
	}
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, withDetail(ErrAddress, "%v", err)
	}
	port, err = strconv.Atoi(portText)
	if err != nil || port < 0 || port > 65535 {
		return "", 0, withDetail(ErrAddress, "port %q is not a number from 0 to 65535", portText)
	}
	if host == "" {
		host = "0.0.0.0"
	}
	return host, port, nil
}

func isUnixHost(host string) bool { return strings.HasPrefix(host, "unix:") }
