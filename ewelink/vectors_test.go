package ewelink

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/internal/mac"
	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/lock"
)

type vectors struct {
	Sign []struct {
		Name      string                     `json:"name"`
		AppSecret string                     `json:"appSecret"`
		Method    string                     `json:"method"`
		Query     map[string]json.RawMessage `json:"query"`
		Body      string                     `json:"body"`
		Message   string                     `json:"message"`
		Sign      string                     `json:"sign"`
	} `json:"sign"`
	OAuthLogin []struct {
		ClientID      string `json:"clientId"`
		Seq           string `json:"seq"`
		ClientSecret  string `json:"clientSecret"`
		Authorization string `json:"authorization"`
	} `json:"oauthLogin"`
	AddDeviceDigest []struct {
		SentDeviceID string `json:"sentDeviceid"`
		DeviceKey    string `json:"devicekey"`
		Digest       string `json:"digest"`
	} `json:"addDeviceDigest"`
	EnergyHistory []struct {
		UIID    int               `json:"uiid"`
		Field   string            `json:"field"`
		Dialect string            `json:"dialect"`
		Raw     string            `json:"raw"`
		KWh     []decimal.Decimal `json:"kWh"`
	} `json:"energyHistory"`
}

func readVectors(t testing.TB) vectors {
	t.Helper()
	file, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(file, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Sign) == 0 || len(v.OAuthLogin) == 0 || len(v.AddDeviceDigest) == 0 || len(v.EnergyHistory) == 0 {
		t.Fatal("testdata/vectors.json has no vectors")
	}
	return v
}

func valuesOf(query map[string]json.RawMessage) url.Values {
	v := url.Values{}
	for name, raw := range query {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			text = string(raw) // a number
		}
		v.Set(name, text)
	}
	return v
}

func TestSignatures(t *testing.T) {
	for _, v := range readVectors(t).Sign {
		t.Run(v.Name, func(t *testing.T) {
			message := []byte(v.Body)
			if v.Method == "GET" {
				message = appendMessage(nil, rest.NewParams(valuesOf(v.Query)))
			}
			if string(message) != v.Message {
				t.Errorf("message: got %q, want %q", message, v.Message)
			}
			got := string(appendSign(nil, mac.NewKey(lock.NewSecret(v.AppSecret)), message))
			if got != v.Sign {
				t.Errorf("got %s, want %s", got, v.Sign)
			}
		})
	}
}

func TestAuthorizeURL(t *testing.T) {
	for _, v := range readVectors(t).OAuthLogin {
		if got := New(v.ClientID, v.ClientSecret).signSeq(v.Seq); got != v.Authorization {
			t.Errorf("%s: got %s, want %s", v.ClientID, got, v.Authorization)
		}
	}
	// The document's own example.
	if got, want := New("ABC", "abc").signSeq("123"), "v1+mfNY2ukxswM8sZOTg99srZsVnUVv9DGXeav1096M="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	c := New("ABC", "abc", lock.WithClock(fixedClock{}))
	text, err := c.AuthorizeURL(AuthorizeRequest{RedirectURL: "https://example.com/back?a=1", State: "s+1", ShowQRCode: new(false)})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for name, want := range map[string]string{
		"clientId": "ABC", "seq": "1795361280000", "redirectUrl": "https://example.com/back?a=1", "grantType": "authorization_code", "state": "s+1",
		"showQRCode": "false", "authorization": c.signSeq("1795361280000"),
	} {
		if q.Get(name) != want {
			t.Errorf("%s: got %q, want %q", name, q.Get(name), want)
		}
	}
	if len(q.Get("nonce")) != 8 || strings.Contains(u.RawQuery, "+") {
		t.Errorf("got the query %s, want a nonce of 8 characters and no + in it", u.RawQuery)
	}
	if _, err := c.AuthorizeURL(AuthorizeRequest{State: "s"}); lock.KindOf(err) != lock.ErrInvalidArgument {
		t.Errorf("without an address to return to: got %v, want %v", err, lock.ErrInvalidArgument)
	}
	if _, err := New("", "").AuthorizeURL(AuthorizeRequest{State: "s", RedirectURL: "r"}); lock.KindOf(err) != lock.ErrInvalidArgument {
		t.Errorf("of no app: got %v, want %v", err, lock.ErrInvalidArgument)
	}
}

func TestDeviceDigest(t *testing.T) {
	for _, v := range readVectors(t).AddDeviceDigest {
		if got := DeviceDigest(v.SentDeviceID, lock.NewSecret(v.DeviceKey)); got != v.Digest {
			t.Errorf("%s: got %s, want %s", v.SentDeviceID, got, v.Digest)
		}
	}
}

func TestEnergyHistory(t *testing.T) {
	names := map[string]coding{"hex2dec4": hex2dec4, "hex2dec2": hex2dec2, "hex1dec2": hex1dec2, "hex4hex2": hex4hex2}
	for _, v := range readVectors(t).EnergyHistory {
		t.Run(fmt.Sprintf("%d %s", v.UIID, v.Field), func(t *testing.T) {
			how, known := names[v.Dialect]
			if m, ok := meterModels[v.UIID]; !known || !ok || m.coding != how {
				t.Fatalf("uiid %d: got the coding %d, want %s", v.UIID, m.coding, v.Dialect)
			}
			got, err := decodeEnergy(v.Raw, how)
			if err != nil || len(got) != len(v.KWh) {
				t.Fatalf("got %v and %v, want %v", got, err, v.KWh)
			}
			for i := range got {
				if !got[i].Equal(v.KWh[i]) {
					t.Errorf("record %d: got %s, want %s", i, got[i], v.KWh[i])
				}
			}
		})
	}
	for _, tt := range []struct {
		name, raw string
		how       coding
		want      string // "" = refused
	}{
		{"old hours have three characters", "015f99", hex1dec2, "0.15 15.99"},
		{"the breaker counts in hexadecimal", "190101000a63", hex4hex2, "6401.01 10.99"},
		{"nothing is no record", "", hex2dec4, ""},
		{"half a record is refused", "19010", hex2dec4, "refused"},
		{"a tenth has one digit", "191001", hex2dec4, "refused"},
		{"hundredths end at 99", "000064", hex4hex2, "refused"},
		{"letters where digits belong are refused", "0a0x", hex2dec2, "refused"},
		{"a sign is no digit", "0a-1", hex2dec2, "refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decodeEnergy(tt.raw, tt.how)
			var words []string
			for _, d := range got {
				words = append(words, d.String())
			}
			text := strings.Join(words, " ")
			if err != nil {
				text = "refused"
			}
			if text != tt.want {
				t.Errorf("got %q, want %q", text, tt.want)
			}
		})
	}
}

func FuzzSign(f *testing.F) {
	for _, seed := range [][3]string{{"a", "1", "b"}, {"", "", ""}, {"params", "switch|light", "id"}, {"x", "a=b&c", "é"}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, name, value, other string) {
		query := url.Values{name: {value}, other: {"v"}}
		got := string(appendMessage([]byte("kept"), rest.NewParams(query)))
		if !strings.HasPrefix(got, "kept") {
			t.Fatalf("got %q, want what was there before it", got)
		}
		got = got[len("kept"):]
		want := name + "=" + query.Get(name)
		if other != name {
			a, b := want, other+"=v"
			if other < name {
				a, b = b, a
			}
			want = a + "&" + b
		}
		if got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func FuzzEnergy(f *testing.F) {
	for _, seed := range []string{"190101190301000000", "015", "0388", "0e43", "", "zz", "+1-1", "ffffff"} {
		for how := range widths {
			f.Add(seed, int(how))
		}
	}
	f.Fuzz(func(t *testing.T, text string, n int) {
		how := coding(n & 3)
		got, err := decodeEnergy(text, how)
		if err != nil {
			return
		}
		if len(got)*widths[how] != len(text) {
			t.Fatalf("%q: got %d records", text, len(got))
		}
		for _, d := range got {
			if d.IsNegative() || d.GreaterThan(decimal.NewFromInt(65536)) || d.Exponent() < -2 {
				t.Fatalf("%q: got %s", text, d)
			}
		}
	})
}
