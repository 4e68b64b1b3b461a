package rest

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/smartlock-sdk/smartlock/lock"
)

// How much of what the vendor, or whatever answered in its place, says is passed on, in
// characters.
const (
	maxMessage   = 300
	maxCode      = 64
	maxRequestID = 128
)

// cause stands for an error of the network in our own errors. Its text holds no URL query, no
// credentials of a URL and no secret of the call; errors.Is, errors.As and Timeout answer for the
// error itself. That error is kept in a closure, where no printer finds it.
type cause struct {
	text   string
	hidden func() error
}

func newCause(err error, secrets []string) *cause {
	if ue, ok := err.(*url.Error); ok {
		err = ue.Err
	}
	return &cause{text: errorText(err.Error(), secrets), hidden: func() error { return err }}
}

func (c *cause) Error() string { return c.text }

func (c *cause) Is(target error) bool { return errors.Is(c.hidden(), target) }

func (c *cause) As(target any) bool {
	if ue, ok := target.(**url.Error); ok {
		var inner *url.Error
		if !errors.As(c.hidden(), &inner) {
			return false
		}
		*ue = &url.Error{Op: inner.Op, URL: errorText(inner.URL, nil), Err: c}
		return true
	}
	return errors.As(c.hidden(), target)
}

// Timeout and Temporary make a cause a net.Error.
func (c *cause) Timeout() bool { return isTimeout(c.hidden()) }

// Temporary reports the same as Timeout.
func (c *cause) Temporary() bool { return c.Timeout() }

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// lateError is an attempt's own deadline.
type lateError struct {
	after   time.Duration
	headers bool // the headers had come in time
}

func (e *lateError) Error() string {
	if e.headers {
		return fmt.Sprintf("the reply did not end within %s", e.after)
	}
	return fmt.Sprintf("no reply within %s", e.after)
}

func (e *lateError) Timeout() bool   { return true }
func (e *lateError) Temporary() bool { return true }

func (e *lateError) Is(target error) bool { return target == context.DeadlineExceeded }

// untrusted reports whether err is about the vendor's certificate.
func untrusted(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		invalid      x509.CertificateInvalidError
		host         x509.HostnameError
		authority    x509.UnknownAuthorityError
		roots        x509.SystemRootsError
	)
	return errors.As(err, &verification) || errors.As(err, &invalid) || errors.As(err, &host) ||
		errors.As(err, &authority) || errors.As(err, &roots)
}

// undialled reports whether err itself proves that there never was a connection.
func undialled(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial" || untrusted(err)
}

// errorText makes the text of a foreign error fit to be shown. Everything from the first question
// mark on goes, since a query may hold anything, and so does whatever stands before an @.
func errorText(text string, secrets []string) string {
	text = mask(text, secrets)
	if i := strings.IndexByte(text, '?'); i >= 0 {
		text = text[:i] + "…"
	}
	for {
		at := strings.LastIndexByte(text, '@')
		if at < 0 {
			break
		}
		start := 1 + strings.LastIndexAny(text[:at], " \t\r\n\"")
		if i := strings.Index(text[start:at], "//"); i >= 0 {
			start += i + len("//")
		}
		text = text[:start] + text[at+1:]
	}
	return clean(text, maxMessage, secrets)
}

// clean makes untrusted words fit to be shown: secrets masked, control and formatting characters
// made spaces, at most limit characters.
func clean(text string, limit int, secrets []string) string {
	text = mask(strings.ToValidUTF8(text, "�"), secrets)
	text = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) {
			return ' '
		}
		return r
	}, text)
	text = strings.ToValidUTF8(mask(strings.TrimSpace(text), secrets), "�") // a secret may be half a character
	n := 0
	for i := range text {
		if n == limit {
			return text[:i] + "…"
		}
		n++
	}
	return text
}

// mask replaces every secret. secrets are in the order of secretsOf.
func mask(text string, secrets []string) string {
	for _, s := range secrets {
		text = strings.ReplaceAll(text, s, "******")
	}
	return text
}

// shortestSecret is the shortest text that is masked: a shorter one is found in every other word.
const shortestSecret = 4

// secretsOf collects what must not come back in an error: the token and the secrets of the request,
// also as a URL spells them. Longer ones come first, so none is masked in part.
func secretsOf(a *Attempt) []string {
	var found []string
	add := func(s string) {
		if len(s) < shortestSecret {
			return
		}
		for _, spelling := range []string{s, url.QueryEscape(s), url.PathEscape(s)} {
			if !slices.Contains(found, spelling) {
				found = append(found, spelling)
			}
		}
	}
	add(a.Token)
	w := walker{add: add, left: 10_000}
	w.walk(reflect.ValueOf(a.Request.Body), 0)
	w.walk(reflect.ValueOf(a.Request.Query), 0)
	slices.SortStableFunc(found, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return found
}

// walker finds every lock.Secret in a value, up to a number of values looked at.
type walker struct {
	add  func(string)
	left int
}

func (w *walker) walk(v reflect.Value, depth int) {
	if w.left--; w.left < 0 || depth > 16 || !v.IsValid() {
		return
	}
	if v.Type() == secretType {
		if v.CanInterface() {
			w.add(v.Interface().(lock.Secret).Reveal())
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		w.walk(v.Elem(), depth+1)
	case reflect.Struct:
		for i := range v.NumField() {
			w.walk(v.Field(i), depth+1)
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		for i := range v.Len() {
			w.walk(v.Index(i), depth+1)
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			w.walk(entries.Value(), depth+1)
		}
	}
}
