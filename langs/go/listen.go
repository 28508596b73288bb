package trivet

import (
	"context"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

// Listen serves at an address such as ":8000" until SIGINT or SIGTERM, finishes what is in flight
// and returns nil; a second signal forces the end. An address without host means every IPv4
// interface. Without an address, TRIVET_HOST and TRIVET_PORT count, else 127.0.0.1:8000.
//
// A port that is in use gives [ErrAddressInUse], a wrong route or option the error of [App.Err].
func (a *App) Listen(address string) error {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)
	l, err := a.start(address, loopConfig{hasBanner: true})
	if err != nil {
		return err
	}
	for {
		select {
		case <-signals:
			l.Drain()
		case <-l.over:
			return l.err
		}
	}
}

// Serve is [App.Listen] for tests and for programs with signals of their own: it begins the drain
// when ctx is done, and prints no banner.
func (a *App) Serve(ctx context.Context, address string) error {
	l, err := a.start(address, loopConfig{})
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		l.Drain()
	case <-l.over:
	}
	<-l.over
	return l.err
}

// start makes a loop that listens at an address.
func (a *App) start(address string, config loopConfig) (*Loop, error) {
	if err := a.Err(); err != nil {
		return nil, err
	}
	if config.flags&loopUnbound == 0 {
		var err error
		if config.host, config.port, err = splitAddress(address); err != nil {
			return nil, err
		}
	}
	l, err := startLoop(a, config)
	if err != nil {
		return nil, err
	}
	for _, f := range a.onReady {
		f(l)
	}
	return l, nil
}

func splitAddress(address string) (host string, port int, err error) {
	if address == "" {
		address = net.JoinHostPort(
			environment("TRIVET_HOST", "127.0.0.1"),
			environment("TRIVET_PORT", "8000"),
		)
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

func environment(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}
