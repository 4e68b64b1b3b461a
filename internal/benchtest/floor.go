package benchtest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Caller is what somebody writes by hand for one vendor and trusts: net/http with a tuned transport,
// a signature without waste, one typed encoding/json decode. It has no timeout of its own, no
// retries, no masking of secrets, and takes what encoding/json takes.
type Caller struct {
	HTTP   *http.Client
	Base   string
	Token  string
	signer *Signer
	nonce  atomic.Int64
}

// NewCaller returns a caller of the vendor at base.
func NewCaller(hc *http.Client, base, token, secret string) *Caller {
	return &Caller{HTTP: hc, Base: base, Token: token, signer: NewSigner(secret)}
}

// Tuned is a transport fit for many calls to one host.
func Tuned() *http.Transport {
	return &http.Transport{MaxIdleConnsPerHost: 256, MaxConnsPerHost: 256, ForceAttemptHTTP2: true}
}

var (
	agent     = []string{"by-hand/1.0"}
	mediaType = []string{"application/json"}
)

// Call sends a request and decodes the reply into out. query is escaped already, or "".
func (c *Caller) Call(ctx context.Context, method, path, query string, in, out any) error {
	var body []byte
	var sent io.Reader
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
		sent = bytes.NewReader(body)
	}
	url := c.Base + path + "?access_token=" + c.Token
	if query != "" {
		url += "&" + query
	}
	req, err := http.NewRequestWithContext(ctx, method, url, sent)
	if err != nil {
		return err
	}
	nonce := strconv.FormatInt(c.nonce.Add(1), 10)
	at := strconv.FormatInt(time.Now().UnixMilli(), 10)
	req.Header["User-Agent"] = agent
	req.Header["Accept"] = mediaType
	if body != nil {
		req.Header["Content-Type"] = mediaType
	}
	req.Header["X-Nonce"] = []string{nonce}
	req.Header["X-Time"] = []string{at}
	req.Header["X-Sign"] = []string{c.signer.Sign(path, at, nonce, body)}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New("the vendor answered " + resp.Status)
	}
	buf := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buf)
	buf.Reset()
	if _, err := buf.ReadFrom(io.LimitReader(resp.Body, 1<<20)); err != nil {
		return err
	}
	return json.Unmarshal(buf.Bytes(), out)
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Signer signs calls: HMAC-SHA256 in hexadecimal digits.
type Signer struct{ macs sync.Pool }

// NewSigner returns a signer with the secret.
func NewSigner(secret string) *Signer {
	return &Signer{sync.Pool{New: func() any { return &mac{Hash: hmac.New(sha256.New, []byte(secret))} }}}
}

type mac struct {
	hash.Hash
	text []byte
	sum  [sha256.Size]byte
	hex  [2 * sha256.Size]byte
}

// Sign returns the signature.
func (s *Signer) Sign(path, at, nonce string, body []byte) string {
	m := s.macs.Get().(*mac)
	defer s.macs.Put(m)
	m.text = append(append(append(append(m.text[:0], path...), at...), nonce...), body...)
	m.Reset()
	m.Write(m.text)
	return string(hex.AppendEncode(m.hex[:0], m.Sum(m.sum[:0])))
}
