package trivet

// #include "bridge.h"
import "C"

// Client is who has sent a request: the far end of its connection or, behind proxies that are
// trusted ([Config].TrustedProxies), whom they name.
type Client struct {
	Address   string // IPv4 or IPv6; "" when it is not known, as of a Unix socket
	Port      int    // 0 when it is not known
	Scheme    string // http or https, as the client speaks it
	Host      string // host and port as the client asked for; may be empty
	Hops      int    // proxies whose word was taken
	Forwarded bool   // trusted proxies have said who it is

	TLS *TLSSession // of the connection, whatever proxies say; nil without TLS
}

// TLSSession is the TLS session of a connection.
type TLSSession struct {
	Version    string // TLSv1.2 or TLSv1.3
	Cipher     string // suite, as OpenSSL calls it
	ServerName string // host that the client named (SNI); may be empty

	Certificate *Certificate // that the peer has shown; nil: none
}

// Certificate is what the peer of a connection has shown in its handshake, and was checked.
type Certificate struct {
	Subject     string // RFC 2253: CN=alice,O=Example
	Fingerprint string // SHA-256 of the certificate, in hexadecimal
	DER         []byte // the certificate
}

// Client tells who has sent the request; the zero Client when it was answered.
func (c *Ctx) Client() (client Client) {
	_ = c.read(func(*C.trivet_request_view) {
		var told *C.trivet_client
		if C.trivet_request_client(C.trivet_request(c.request), &told) != C.TRIVET_OK {
			return
		}
		client = Client{
			Address:   goString(told.address),
			Port:      int(told.port),
			Scheme:    goString(told.scheme),
			Host:      goString(told.host),
			Hops:      int(told.hops),
			Forwarded: uint32(told.flags)&clientForwarded != 0,
		}
		if uint32(told.flags)&clientSecured == 0 {
			return
		}
		client.TLS = &TLSSession{
			Version:    goString(told.tls_version),
			Cipher:     goString(told.tls_cipher),
			ServerName: goString(told.tls_server_name),
		}
		if uint32(told.flags)&clientCertificate != 0 {
			client.TLS.Certificate = &Certificate{
				Subject:     goString(told.certificate_subject),
				Fingerprint: goString(told.certificate_fingerprint),
				DER:         append([]byte(nil), goBytes(told.certificate)...),
			}
		}
	})
	return client
}

// Scheme returns http or https, as the client speaks it.
func (c *Ctx) Scheme() string { return c.Client().Scheme }

// Host returns host and port as the client asked for; may be empty.
func (c *Ctx) Host() string { return c.Client().Host }
