package newvendortest

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A request is refused that a client did not sign; what a right one gets, the client's tests see.
func TestUnsignedRequestsAreRefused(t *testing.T) {
	s := NewServer()
	defer s.Close()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/v1/locks", nil)
	require.NoError(t, err)
	req.Header.Set("X-Acme-Key", s.Key)
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body := make([]byte, 200)
	n, _ := resp.Body.Read(body)
	assert.JSONEq(t, `{"code":401,"msg":"bad signature or time"}`, string(body[:n]))
}

func TestALockThatIsNotThereIsAMistakeOfTheTest(t *testing.T) {
	s := NewServer()
	defer s.Close()
	assert.Panics(t, func() { s.Open("L0", "Li Na") })
}
