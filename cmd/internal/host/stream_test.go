package host

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
)

// certificate makes a certificate that vouches for itself.
func certificate(t *testing.T, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	x := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true, IsCA: true}
	der, err := x509.CreateCertificate(rand.Reader, x, x, &key.PublicKey, key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// secured returns a listener with TLS whose peers have certificates.
func secured(t *testing.T) Listener {
	own := &tls.Config{Certificates: []tls.Certificate{certificate(t, "broker")}, ClientAuth: tls.RequireAnyClientCert}
	return Listener{Addr: "127.0.0.1:0", Secure: func(nc net.Conn) (Duplex, string, error) {
		s := tls.Server(nc, own)
		if err := s.Handshake(); err != nil {
			return nil, "", err
		}
		return s, "User:CN=" + s.ConnectionState().PeerCertificates[0].Subject.CommonName, nil
	}}
}

func dialTLS(t *testing.T, h *Host) *tls.Conn {
	t.Helper()
	return tls.Client(dial(t, h), &tls.Config{InsecureSkipVerify: true,
		Certificates: []tls.Certificate{certificate(t, "alice")}})
}

// A listener with a Secure carries what a plain one does: frames of any size both ways, regions of files, and an end
// that loses nothing. The node learns whom the stream has authenticated.
func TestSecureListener(t *testing.T) {
	t.Parallel()
	var principal atomic.Pointer[string]
	content := bytes.Repeat([]byte("0123456789abcdef"), 64<<10)
	var asked env.ConnID
	var file env.FileID
	h := play(t, Options{Listen: []Listener{secured(t)}}, func(p *player, now env.Now, e env.Event) {
		switch {
		case e.Kind == env.Accepted:
			principal.Store(&e.Principal)
			p.w.Disk.Open(p.op(), "content", env.CreateOrTrim)
		case e.Kind == env.Opened:
			file = e.File
			p.w.Disk.WriteAt(p.op(), file, 0, content)
		case e.Kind == env.Message && string(payload(e)) == "region":
			asked = e.Conn
			p.w.Network.Send(0, asked, env.Segment{Bytes: framed(content)[:4]},
				env.Segment{Region: env.Region{File: file, Pos: 0, Length: len(content)}})
			p.w.Network.Close(asked)
			e.Buffer.Release()
		default:
			echo(p, now, e)
		}
	})
	nc := dialTLS(t, h)
	for _, size := range []int{1, 1000, 300_000, 5 << 20} {
		want := strings.Repeat("x", size)
		go func() { _, _ = nc.Write(framed([]byte(want))) }()
		require.Equal(t, want, string(receive(t, nc)))
	}
	require.Equal(t, "User:CN=alice", *principal.Load())
	_, err := nc.Write(framed([]byte("region")))
	require.NoError(t, err)
	require.Equal(t, content, receive(t, nc))
	wantEnd(t, nc)
	require.Eventually(t, func() bool { return h.Stats().Connections == 0 }, patience, tick)
}

// A handshake that fails, or does not come, ends the connection; the node does not learn of it.
func TestHandshakesThatFail(t *testing.T) {
	t.Parallel()
	var log lines
	var accepted atomic.Int32
	h := play(t, Options{Listen: []Listener{secured(t)}, HandshakeTimeout: 50 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(&log, nil))},
		func(_ *player, _ env.Now, e env.Event) {
			if e.Kind == env.Accepted || e.Kind == env.Closed {
				accepted.Add(1)
			}
		})
	garbage := dial(t, h)
	_, err := garbage.Write(framed([]byte("this is no handshake")))
	require.NoError(t, err)
	wantEnd(t, garbage)
	wantEnd(t, dial(t, h)) // silent
	require.Eventually(t, func() bool { return h.Stats().Connections == 0 }, patience, tick)
	require.Contains(t, log.String(), "the handshake failed")
	require.Zero(t, accepted.Load())
}
