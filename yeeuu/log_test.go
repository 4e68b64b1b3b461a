package yeeuu

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

func page(t *testing.T, body string, opts ...lock.Option) ([]OpenLog, error) {
	t.Helper()
	c, _ := answering(http.StatusOK, body, opts...)
	resp, err := c.ListOpenLogs(t.Context(), ListOpenLogsRequest{front, 1, 50})
	if err != nil {
		return nil, err
	}
	return resp.Logs, nil
}

func TestLogTimesAreLocal(t *testing.T) {
	const body = `{"success":true,"data":[{"type":1,"opentime":"2016-05-31 17:01:24","opener":"15111101441"}]}`
	for name, tt := range map[string]struct {
		opts []lock.Option
		want time.Time
	}{
		"China's by default": {nil, time.Date(2016, 5, 31, 9, 1, 24, 0, time.UTC)},
		"another zone's":     {[]lock.Option{lock.WithLocation(time.UTC)}, time.Date(2016, 5, 31, 17, 1, 24, 0, time.UTC)},
	} {
		t.Run(name, func(t *testing.T) {
			logs, err := page(t, body, tt.opts...)
			if err != nil || len(logs) != 1 || !logs[0].At.Equal(tt.want) {
				t.Fatalf("got %+v and %v, want one entry at %s", logs, err, tt.want)
			}
			if got := string(logs[0].Raw()); got != `{"type":1,"opentime":"2016-05-31 17:01:24","opener":"15111101441"}` {
				t.Errorf("Raw: got %s, want the entry as it came", got)
			}
		})
	}
}

func TestLogsWithoutEntries(t *testing.T) {
	for name, body := range map[string]string{
		"missing": `{"success":true}`, "null": `{"success":true,"data":null}`, "an object": `{"success":true,"data":{"1":{"type":3}}}`,
		"an empty text": `{"success":true,"data":""}`, "an empty array": `{"success":true,"data":[]}`,
	} {
		if logs, err := page(t, body); err != nil || len(logs) != 0 {
			t.Errorf("%s: got %d entries and %v, want none", name, len(logs), err)
		}
	}
}

func TestUnreadableLogsAreErrors(t *testing.T) {
	for name, body := range map[string]string{
		"a number":           `{"success":true,"data":5}`,
		"numbers":            `{"success":true,"data":[5]}`,
		"a time with a zone": `{"success":true,"data":[{"opentime":"2016-05-31T17:01:24Z","opener":"15111101441"}]}`,
		"a day that is none": `{"success":true,"data":[{"opentime":"2016-02-31 17:01:24","opener":"15111101441"}]}`,
		"an opener in parts": `{"success":true,"data":[{"opener":{"phone":"15111101441"}}]}`,
	} {
		_, err := page(t, body)
		if !errors.Is(err, lock.ErrProtocol) {
			t.Errorf("%s: got %v, want an ErrProtocol", name, err)
			continue
		}
		if strings.Contains(err.Error(), "15111101441") {
			t.Errorf("%s: the error shows the phone number: %v", name, err)
		}
	}
}

func TestACountThatIsMissingIsNoEmptyLog(t *testing.T) {
	for _, body := range []string{`{"success":true}`, `{"success":true,"count":null}`} {
		c, _ := answering(http.StatusOK, body)
		if got, err := c.CountOpenLogPages(t.Context(), CountOpenLogPagesRequest{front, 50}); !errors.Is(err, lock.ErrProtocol) {
			t.Errorf("%s: got %+v and %v, want an ErrProtocol", body, got, err)
		}
	}
}

var (
	oneDigit = regexp.MustCompile(`^(.{10}) (\d):`)
	lax      = regexp.MustCompile(`^(.{19})[.,]\d+$`)
)

// Whatever the vendor sends, the client either reads it in full or reports an error.
func FuzzOpenLogs(f *testing.F) {
	for _, data := range []string{
		`[{"type":1,"opentime":"2016-05-31 17:01:24","opener":"15111101441"}]`,
		`[{"type":2,"opentime":"2016-05-31 7:01:24.5"},{"opentime":"2016-05-31 07:01:24,25"}]`,
		`[{"type":"3","opentime":"","opener":null},{}]`, `null`, `{}`, `[]`, `""`, `[null]`, `[[]]`, `{"a":[1]}`,
		`[{"type":1e400,"opentime":20160531,"opener":15111101441}]`, `[{"type":{"a":1}}]`,
	} {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data string) {
		logs, err := page(t, `{"success":true,"data":`+data+`}`)
		if err != nil {
			if kind := lock.KindOf(err); kind != lock.ErrProtocol && kind != lock.ErrTooLarge {
				t.Errorf("got %v, want an ErrProtocol", err)
			}
			return
		}
		var sent []json.RawMessage
		if json.Unmarshal([]byte(data), &sent) != nil {
			sent = nil // an object, null or ""
		}
		if len(logs) != len(sent) {
			t.Fatalf("%d entries were sent, got %d", len(sent), len(logs))
		}
		for i, l := range logs {
			if string(l.Raw()) != string(sent[i]) {
				t.Errorf("Raw of entry %d: got %s, want %s", i, l.Raw(), sent[i])
			}
			// A time is also taken with an hour of one digit and with fractions of a second.
			want := lax.ReplaceAllString(oneDigit.ReplaceAllString(l.OpenTime, "$1 0$2:"), "$1")
			if l.At.In(chinaStandardTime).Format(time.DateTime) != want && !(want == "" && l.At.IsZero()) {
				t.Errorf("entry %d: %q was read as %s", i, l.OpenTime, l.At)
			}
		}
	})
}
