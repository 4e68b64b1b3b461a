package wire

import (
	stdjson "encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestText(t *testing.T) {
	long := strings.Repeat("长", 100)
	for _, c := range []struct{ name, value, want string }{
		{"plain", `"front door"`, "front door"},
		{"empty", `""`, ""},
		{"escapes", `"a\"b\\c\/d\u0031\n"`, "a\"b\\c/d1\n"},
		{"longer than most", `"` + long + `"`, long},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Text(Raw(c.value))
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
			appended, err := AppendText([]byte("name="), Raw(c.value))
			require.NoError(t, err)
			assert.Equal(t, "name="+c.want, string(appended))
		})
	}
	for _, value := range []string{`12`, `null`, `"open`, `"a"b`, ``} {
		t.Run("no text in "+value, func(t *testing.T) {
			got, err := Text(Raw(value))
			require.Error(t, err)
			assert.Empty(t, got)
			kept, err := AppendText([]byte("kept"), Raw(value))
			require.Error(t, err)
			assert.Equal(t, "kept", string(kept), "what was there before")
			assert.NotContains(t, err.Error(), "open", "the value may be a door code")
		})
	}
}

// Marshal goes by another method than encoding/json, which a user may call.
func TestTimesAreWrittenAlikeByMarshalAndEncodingJSON(t *testing.T) {
	at := time.UnixMilli(1700000000123)
	v := struct {
		Sec       Sec   `json:"sec"`
		Milli     Milli `json:"milli"`
		NoSec     Sec   `json:"no_sec"`
		NoMilli   Milli `json:"no_milli"`
		LeftSec   Sec   `json:"left_sec,omitzero"`
		LeftMilli Milli `json:"left_milli,omitzero"`
	}{Sec: Sec{at}, Milli: Milli{at}}
	const want = `{"sec":1700000000,"milli":1700000000123,"no_sec":0,"no_milli":0}`
	got, err := Marshal(&v)
	require.NoError(t, err)
	assert.Equal(t, want, string(got))
	got, err = stdjson.Marshal(&v)
	require.NoError(t, err)
	assert.Equal(t, want, string(got))
}
