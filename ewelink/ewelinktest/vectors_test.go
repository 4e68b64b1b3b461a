package ewelinktest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
)

type vectors struct {
	Sign []struct {
		Name, AppSecret, Method, Path, Body, Message, Sign string
		Query                                              map[string]any
	}
	OAuthLogin []struct {
		ClientID, Seq, ClientSecret, Message, Authorization string
	}
	AddDeviceDigest []struct{ DeviceID, DeviceKey, Digest string }
	EnergyHistory   []struct {
		UIID           int
		Dialect        string
		CharsPerPeriod int
		Raw            string
		KWh            []float64 `json:"kWh"`
	}
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSignatureVectors(t *testing.T) {
	for _, v := range readVectors(t).Sign {
		t.Run(v.Name, func(t *testing.T) {
			q := url.Values{}
			for name, value := range v.Query {
				text, err := json.Marshal(value)
				if err != nil {
					t.Fatal(err)
				}
				if f, ok := value.(float64); ok {
					text = []byte(strings.TrimSuffix(json.Number(jsonFloat(f)).String(), ".0"))
				}
				q.Set(name, strings.Trim(string(text), `"`))
			}
			r := httptest.NewRequest(v.Method, v.Path+"?"+q.Encode(), strings.NewReader(v.Body))
			a := &app{secret: v.AppSecret}
			if !signedBy(a, r, []byte(v.Body), v.Sign) {
				t.Error("the published signature is refused")
			}
			if signedBy(a, r, []byte(v.Body), "AAAA"+v.Sign[4:]) || signedBy(&app{secret: "x"}, r, []byte(v.Body), v.Sign) {
				t.Error("a wrong signature is taken")
			}
			if v.Method != http.MethodGet && signedBy(a, r, []byte(v.Body+" "), v.Sign) {
				t.Error("the signature is good for another body")
			}
		})
	}
}

// jsonFloat writes a number without an exponent.
func jsonFloat(f float64) string {
	text, _ := json.Marshal(int64(f)) // always marshals
	return string(text)
}

func TestLoginPageVectors(t *testing.T) {
	for _, v := range readVectors(t).OAuthLogin {
		if !authentic(&app{secret: v.ClientSecret}, []byte(v.ClientID+"_"+v.Seq), v.Authorization) {
			t.Errorf("%s: the published signature is refused", v.ClientID)
		}
	}
}

func TestDigestVectors(t *testing.T) {
	for _, v := range readVectors(t).AddDeviceDigest {
		if got := (Boxed{ID: v.DeviceID, Key: v.DeviceKey}).Digest(); got != v.Digest {
			t.Errorf("%s: got %s, want %s", v.DeviceID, got, v.Digest)
		}
	}
}

func TestEnergyVectors(t *testing.T) {
	codes := map[string]func(int) string{"hex2dec4": hex2dec4, "hex2dec2": hex2dec2, "hex1dec2": hex1dec2, "hex4hex2": hex4hex2}
	for _, v := range readVectors(t).EnergyHistory {
		code, ok := codes[v.Dialect]
		if !ok {
			t.Fatalf("coding %s is not known", v.Dialect)
		}
		var b strings.Builder
		for _, kWh := range v.KWh {
			b.WriteString(code(hundredths(kWh)))
		}
		if b.String() != v.Raw {
			t.Errorf("%s: got %s, want %s", v.Dialect, b.String(), v.Raw)
		}
	}
}
