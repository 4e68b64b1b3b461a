package ws

import (
	"errors"
	"fmt"
	"testing"
)

func TestRefused(t *testing.T) {
	cases := []struct {
		err  error
		want bool
	}{
		{&CloseError{Code: Normal}, false},
		{&CloseError{Code: GoingAway}, false},
		{&CloseError{Code: Abnormal}, false},
		{&CloseError{Code: PolicyViolation, Reason: "who are you"}, true},
		{&CloseError{Code: MessageTooBig}, false},
		{&CloseError{Code: TryAgainLater}, false},
		{&CloseError{Code: Unauthorized}, true},
		{&CloseError{Code: Forbidden}, true},
		{&CloseError{Code: VendorUnauthorized}, true},
		{&CloseError{Code: VendorForbidden}, true},
		{&CloseError{Code: 4000}, false}, // nobody knows what it means
		{&HandshakeError{Status: 401}, true},
		{&HandshakeError{Status: 403}, true},
		{&HandshakeError{Status: 429}, false},
		{&HandshakeError{Status: 500}, false},
		{fmt.Errorf("wrapped: %w", &CloseError{Code: Unauthorized}), true},
		{errors.New("the network"), false},
		{nil, false},
	}
	for _, c := range cases {
		if got := Refused(c.err); got != c.want {
			t.Errorf("%v: got %t, want %t", c.err, got, c.want)
		}
	}
}

func TestErrorsSayWhatHappened(t *testing.T) {
	for want, err := range map[string]error{
		"the connection was closed: the server goes away (1001)":         &CloseError{Code: GoingAway},
		`the connection was closed: code 4711 (4711) "sorry"`:            &CloseError{Code: 4711, Reason: "sorry"},
		"the handshake was answered with status 503 Service Unavailable": &HandshakeError{Status: 503},
	} {
		if got := err.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
