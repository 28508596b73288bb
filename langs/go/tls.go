package trivet

// #include "bridge.h"
import "C"

import (
	"math"
	"strings"
	"time"
)

// ClientAuth says whether clients are asked for a certificate.
type ClientAuth string

// What may become of a client without a certificate that TLS.ClientCA has signed.
const (
	ClientAuthOff      ClientAuth = "off"      // it is not asked
	ClientAuthOptional ClientAuth = "optional" // it is served; one with another certificate is not
	ClientAuthRequired ClientAuth = "required" // its handshake fails
)

// TLSVersion is a version of TLS.
type TLSVersion string

// The versions that are spoken.
const (
	TLS12 TLSVersion = "1.2"
	TLS13 TLSVersion = "1.3"
)

// TLS is what connections are secured with: the settings tls_… of trivet.toml. Files are read again
// when they change. Several are those of several hosts, in the same order in all three lists.
type TLS struct {
	// PEM files, each with its chain; the first is for clients that name no host of the others.
	Certificate []string
	Key         []string // PEM files of their keys; none: they are in the certificates' files
	Staple      []string // DER files of OCSP responses to staple

	ClientCA   string     // PEM file of the authorities that clients' certificates are signed by
	ClientAuth ClientAuth // default ClientAuthOff
	MinVersion TLSVersion // default TLS12

	SessionTimeout time.Duration // how long a session may be taken up again, default a day
}

// NoSessions as TLS.SessionTimeout: no session may be taken up again.
const NoSessions time.Duration = -1

// The engine's number of each name is its place.
var (
	clientAuths = [...]ClientAuth{
		clientAuthOff:      ClientAuthOff,
		clientAuthOptional: ClientAuthOptional,
		clientAuthRequired: ClientAuthRequired,
	}
	tlsVersions = [...]TLSVersion{tlsV12: TLS12, tlsV13: TLS13}
)

// write puts what is set, but for texts, into the engine's configuration.
func (t TLS) write(engine *C.trivet_app_config) error {
	number, ok := numberOf(clientAuths[:], t.ClientAuth, uint32(engine.tls_client_auth))
	if !ok {
		return withDetail(ErrArgument,
			"TLS.ClientAuth %q; there are off, optional and required", t.ClientAuth)
	}
	engine.tls_client_auth = C.uint32_t(number)
	if number, ok = numberOf(tlsVersions[:], t.MinVersion, uint32(engine.tls_min_version)); !ok {
		return withDetail(ErrArgument, "TLS.MinVersion %q; there are 1.2 and 1.3", t.MinVersion)
	}
	engine.tls_min_version = C.uint32_t(number)
	switch timeout := milliseconds(t.SessionTimeout); {
	case t.SessionTimeout == NoSessions:
		engine.tls_session_timeout_ms = 0
	case timeout < 0 || timeout > math.MaxUint32:
		return withDetail(ErrArgument, "TLS.SessionTimeout is out of range")
	case timeout > 0:
		engine.tls_session_timeout_ms = C.uint32_t(timeout)
	}
	return nil
}

// addTexts puts what is set into the texts.
func (t TLS) addTexts(texts *C.trivet_go_config_texts) error {
	lists := []struct {
		name  string
		paths []string
		to    *C.trivet_str
	}{
		{"TLS.Certificate", t.Certificate, &texts.tls_certificate},
		{"TLS.Key", t.Key, &texts.tls_key},
		{"TLS.Staple", t.Staple, &texts.tls_staple},
	}
	for _, list := range lists {
		joined, err := joinPaths(list.name, list.paths)
		if err != nil {
			return err
		}
		if joined != "" {
			*list.to = engineString(joined)
		}
	}
	if t.ClientCA != "" {
		texts.tls_client_ca = engineString(t.ClientCA)
	}
	return nil
}

// tlsOf is what the engine's configuration says; nil: connections are not secured.
func tlsOf(engine *C.trivet_app_config) *TLS {
	if engine.tls_certificate.size == 0 {
		return nil
	}
	t := &TLS{
		Certificate:    splitPaths(goString(engine.tls_certificate)),
		Key:            splitPaths(goString(engine.tls_key)),
		Staple:         splitPaths(goString(engine.tls_staple)),
		ClientCA:       goString(engine.tls_client_ca),
		ClientAuth:     clientAuths[engine.tls_client_auth],
		MinVersion:     tlsVersions[engine.tls_min_version],
		SessionTimeout: time.Duration(engine.tls_session_timeout_ms) * time.Millisecond,
	}
	if t.SessionTimeout == 0 {
		t.SessionTimeout = NoSessions
	}
	return t
}

func joinPaths(name string, paths []string) (string, error) {
	for _, path := range paths {
		if strings.Contains(path, ",") {
			return "", withDetail(ErrArgument, "%s: a path may not have a comma: %q", name, path)
		}
	}
	return strings.Join(paths, ","), nil
}

func splitPaths(list string) []string {
	if list == "" {
		return nil
	}
	paths := strings.Split(list, ",")
	for i, path := range paths {
		paths[i] = strings.TrimSpace(path)
	}
	return paths
}
