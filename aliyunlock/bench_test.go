package aliyunlock

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"testing"

	"github.com/smartlock-sdk/smartlock/internal/benchtest"
	"github.com/smartlock-sdk/smartlock/internal/mac"
	"github.com/smartlock-sdk/smartlock/lock"
)

// BenchmarkSign is the signature of a call with a JSON body (P4).
func BenchmarkSign(b *testing.B) {
	const secret, path = "vector-app-secret", "/home/space/lock/list"
	body := []byte(`{"id":"c8a9f1a2-0000-4000-8000-000000000001","version":"1.0","request":{"apiVer":"1.0.2","iotToken":"0123456789abcdef"},"params":{"homeId":"home-1","pageNo":1,"pageSize":20}}`)
	h := http.Header{
		"Accept": {"application/json"}, "Content-Md5": {string(appendMD5(nil, body))}, "Content-Type": {"application/json; charset=utf-8"},
		"Date": {"Sun, 22 Nov 2026 08:00:00 GMT"}, "X-Ca-Key": {"24000001"}, "X-Ca-Nonce": {"c8a9f1a2-0000-4000-8000-000000000002"},
		"X-Ca-Stage": {"RELEASE"}, "X-Ca-Timestamp": {"1763798400000"},
	}
	var text [1024]byte
	var out [64]byte
	hashed := hmac.New(sha256.New, []byte(secret))
	var sum [sha256.Size]byte
	floor := func() []byte {
		m := append(text[:0], "POST"...)
		for _, key := range [...]string{"Accept", "Content-Md5", "Content-Type", "Date"} {
			m = append(m, '\n')
			m = append(m, h[key][0]...)
		}
		m = append(m, "\nx-ca-key:"...)
		m = append(m, h["X-Ca-Key"][0]...)
		m = append(m, "\nx-ca-nonce:"...)
		m = append(m, h["X-Ca-Nonce"][0]...)
		m = append(m, "\nx-ca-stage:"...)
		m = append(m, h["X-Ca-Stage"][0]...)
		m = append(m, "\nx-ca-timestamp:"...)
		m = append(m, h["X-Ca-Timestamp"][0]...)
		m = append(m, '\n')
		m = append(m, path...)
		hashed.Reset()
		hashed.Write(m)
		return base64.StdEncoding.AppendEncode(out[:0], hashed.Sum(sum[:0]))
	}
	key := mac.NewKey(lock.NewSecret(secret))
	ours := func() []byte {
		return appendSign(out[:0], key, appendStringToSign(text[:0], http.MethodPost, h, signedHeaders, path, nil))
	}
	if want := string(floor()); string(ours()) != want {
		b.Fatalf("got %s, want %s as by hand", ours(), want)
	}
	benchtest.Compare(b,
		benchtest.Floor(func(n int) error {
			for range n {
				_ = floor()
			}
			return nil
		}),
		benchtest.Ours(func(n int) error {
			for range n {
				_ = ours()
			}
			return nil
		}))
}
