package rest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smartlock-sdk/smartlock/lock"
)

// authority is a CA of our own.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &authority{cert, key, pool}
}

// leaf issues a certificate; change makes it bad.
func (a *authority) leaf(t *testing.T, change func(template, parent *x509.Certificate) *x509.Certificate) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "vendor"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	parent, signer := change(template, a.cert), a.key
	if parent == template {
		signer = key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestCertificates(t *testing.T) {
	ca := newAuthority(t)
	good := func(_, parent *x509.Certificate) *x509.Certificate { return parent }
	for _, tc := range []struct {
		name   string
		change func(template, parent *x509.Certificate) *x509.Certificate
		config func(*tls.Config)
		ours   bool // with our own transport, which does not know the CA
		kind   lock.Kind
	}{
		{"good", good, nil, false, ""},
		{"expired", func(c, parent *x509.Certificate) *x509.Certificate {
			c.NotAfter = time.Now().Add(-time.Minute)
			return parent
		}, nil, false, lock.ErrUntrusted},
		{"not yet valid", func(c, parent *x509.Certificate) *x509.Certificate {
			c.NotBefore = time.Now().Add(time.Minute)
			return parent
		}, nil, false, lock.ErrUntrusted},
		{"for another host", func(c, parent *x509.Certificate) *x509.Certificate {
			c.IPAddresses = nil
			c.DNSNames = []string{"vendor.test"}
			return parent
		}, nil, false, lock.ErrUntrusted},
		{"for another use", func(c, parent *x509.Certificate) *x509.Certificate {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
			return parent
		}, nil, false, lock.ErrUntrusted},
		{"self-signed", func(c, _ *x509.Certificate) *x509.Certificate { return c }, nil, false, lock.ErrUntrusted},
		{"from an unknown authority", good, nil, true, lock.ErrUntrusted},
		{"TLS 1.1", good, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, false, lock.ErrVendorUnavailable},
		{"TLS 1.1, our transport", good, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, true, lock.ErrVendorUnavailable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var executed, accepted atomic.Int64
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				executed.Add(1)
				_, _ = io.WriteString(w, okReply)
			}))
			server.Listener = &countingListener{server.Listener, &accepted}
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.TLS = &tls.Config{Certificates: []tls.Certificate{ca.leaf(t, tc.change)}}
			if tc.config != nil {
				tc.config(server.TLS)
			}
			server.StartTLS()
			t.Cleanup(server.Close)
			for _, request := range []*Request{readRequest(), changeRequest(), mutatingGet()} {
				accepted.Store(0)
				executed.Store(0)
				var seen tries
				opts := []lock.Option{seen.option()}
				if !tc.ours {
					rt := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.pool}}
					t.Cleanup(rt.CloseIdleConnections)
					opts = append(opts, lock.WithHTTPClient(&http.Client{Transport: rt}))
				}
				_, err := Do[nothing](t.Context(), to(t, server.URL, opts...), request)
				if tc.kind == "" {
					require.NoError(t, err)
					require.EqualValues(t, 1, executed.Load())
					continue
				}
				require.Equal(t, tc.kind, failed(t, err).Kind, "%v", err)
				require.Zero(t, executed.Load())
				if tc.kind == lock.ErrUntrusted {
					require.Equal(t, 1, seen.count())
					require.EqualValues(t, 1, accepted.Load())
					var invalid *tls.CertificateVerificationError
					require.ErrorAs(t, err, &invalid)
				}
			}
		})
	}
}

type countingListener struct {
	net.Listener
	accepted *atomic.Int64
}

func (l *countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.accepted.Add(1)
	}
	return conn, err
}

// 256 first calls at once open no more connections than a vendor should have to bear.
func TestColdStart(t *testing.T) {
	var accepted, executed atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		executed.Add(1)
		_, _ = io.WriteString(w, okReply)
	}))
	server.Listener = &countingListener{server.Listener, &accepted}
	server.Start()
	t.Cleanup(server.Close)
	c := to(t, server.URL)
	errs := make(chan error)
	for range 256 {
		go func() {
			_, err := Do[nothing](t.Context(), c, changeRequest())
			errs <- err
		}()
	}
	for range 256 {
		require.NoError(t, <-errs)
	}
	require.EqualValues(t, 256, executed.Load())
	require.LessOrEqual(t, accepted.Load(), int64(connections))
}
