package trivet

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// makeCertificate writes a certificate for localhost and its key, and gives who trusts it.
func makeCertificate(t *testing.T) (certificate, key string, trusting *x509.CertPool) {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "localhost"},
		DNSNames:              []string{"localhost"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(1000 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, &secret.PublicKey, secret)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	certificate, key = filepath.Join(folder, "certificate.pem"), filepath.Join(folder, "key.pem")
	for path, block := range map[string]*pem.Block{
		certificate: {Type: "CERTIFICATE", Bytes: signed},
		key:         {Type: "PRIVATE KEY", Bytes: encoded},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	trusting = x509.NewCertPool()
	parsed, err := x509.ParseCertificate(signed)
	if err != nil {
		t.Fatal(err)
	}
	trusting.AddCert(parsed)
	return certificate, key, trusting
}

func TestServesOverTLS(t *testing.T) {
	certificate, key, trusting := makeCertificate(t)
	app := New(Config{Threads: 2, TLS: &TLS{
		Certificate: []string{certificate}, Key: []string{key}, MinVersion: TLS13,
	}})
	app.Get("/", func(c *Ctx) error { return c.Text("secured") })
	ctx, cancel := context.WithCancel(context.Background())
	ready := make(chan *Loop, 2)
	done := make(chan error, 1)
	app.onReady = append(app.onReady, func(l *Loop) { ready <- l })
	go func() { done <- app.Serve(ctx, "127.0.0.1:0") }()
	loop := receive(t, ready)
	client := &http.Client{Timeout: patience, Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: trusting, ServerName: "localhost"},
	}}
	for range 3 {
		got, err := client.Get("https://" + loop.Addr() + "/")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(got.Body)
		got.Body.Close()
		if err != nil || string(body) != "secured" || got.TLS.Version != tls.VersionTLS13 {
			t.Errorf("%q %v %x", body, err, got.TLS.Version)
		}
	}
	cancel()
	if err := receive(t, done); err != nil {
		t.Error(err)
	}
}

func TestTLSOptionsAreTheSettings(t *testing.T) {
	app := New(Config{TLS: &TLS{
		Certificate:    []string{"a.pem", "b.pem"},
		Key:            []string{"a.key", "b.key"},
		Staple:         []string{"", "b.ocsp"},
		ClientCA:       "ca.pem",
		ClientAuth:     ClientAuthOptional,
		SessionTimeout: NoSessions,
	}})
	defer app.Close()
	config, err := app.Config()
	if err != nil || config.TLS == nil {
		t.Fatal(config, err)
	}
	got := *config.TLS
	if !slices.Equal(got.Certificate, []string{"a.pem", "b.pem"}) ||
		!slices.Equal(got.Key, []string{"a.key", "b.key"}) ||
		!slices.Equal(got.Staple, []string{"", "b.ocsp"}) ||
		got.ClientCA != "ca.pem" || got.ClientAuth != ClientAuthOptional ||
		got.MinVersion != TLS12 || got.SessionTimeout != NoSessions {
		t.Errorf("%+v", got)
	}
}

func TestTLSMistakesAreNamed(t *testing.T) {
	certificate, _, _ := makeCertificate(t)
	for want, given := range map[string]TLS{
		`TLS.Key: a path may not have a comma: "a,b"`: {Key: []string{"a,b"}},
		`TLS.ClientAuth "yes"`:                        {ClientAuth: "yes"},
		`TLS.MinVersion "1.1"`:                        {MinVersion: "1.1"},
		"TLS.SessionTimeout is out of range":          {SessionTimeout: -5 * time.Second},
		"tls_certificate: 'nowhere.pem' cannot be":    {Certificate: []string{"nowhere.pem"}},
		"no key in PEM":                               {Certificate: []string{certificate}},
		"tls_client_ca, whom to trust, is not": {
			Certificate: []string{certificate}, ClientAuth: ClientAuthRequired,
		},
	} {
		app := New(Config{TLS: &given})
		err := app.Serve(context.Background(), "127.0.0.1:0")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
