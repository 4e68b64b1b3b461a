package aliyunlocktest

import (
	"crypto/hmac"
	"crypto/md5" // the Content-MD5 header
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// Refusal is an answer of the API gateway, in front of the platform: an HTTP status and headers.
type Refusal struct {
	Status  int
	Code    string // X-Ca-Error-Code, six characters; "" as on older instances
	Message string // X-Ca-Error-Message
	Body    string // anything, mostly nothing
}

// Error says what the gateway says.
func (r *Refusal) Error() string { return fmt.Sprintf("%d %s %s", r.Status, r.Code, r.Message) }

// trouble is a Refusal for the next requests of an endpoint.
type trouble struct {
	endpoint string
	refusal  Refusal
	left     int // negative = all
}

// Refuse has the gateway refuse the next requests of an endpoint, named as for Fail; times < 0 is all
// of them until Admit.
func (s *Server) Refuse(endpoint string, r Refusal, times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.troubles = append(s.troubles, &trouble{endpoint, r, times})
}

// Admit takes back what Refuse has set.
func (s *Server) Admit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.troubles = nil
}

// ordered finds a refusal that a test has ordered.
func (s *Server) ordered(r *http.Request) *Refusal {
	req := sim.Request{Method: r.Method, Path: r.URL.Path}
	for _, t := range s.troubles {
		if t.left != 0 && req.Is(t.endpoint) {
			if t.left > 0 {
				t.left--
			}
			return &t.refusal
		}
	}
	return nil
}

// nonceLife is how long a nonce must not come again, and how far a time stamp may be off.
const nonceLife = 15 * time.Minute

// guard checks a request as the gateway does, and returns the app key it came with.
func (s *Server) guard(r *http.Request, body []byte) (appKey string, refused *Refusal) {
	if r.Method != http.MethodPost {
		return "", &Refusal{Status: http.StatusMethodNotAllowed, Code: "I405UM", Message: "Unsupported Method"}
	}
	appKey = r.Header.Get("X-Ca-Key")
	if appKey == "" {
		return "", &Refusal{Status: http.StatusBadRequest, Code: "I400MH", Message: "Header `X-Ca-Key` is Required"}
	}
	secret, ok := map[string]string{s.AppKey: s.AppSecret, s.CloudKey: s.CloudSecret}[appKey]
	if !ok {
		return "", &Refusal{Status: http.StatusForbidden, Message: "Invalid AppKey"}
	}
	form := isForm(r.Header)
	if told := r.Header.Get("Content-MD5"); !form && len(body) > 0 && told != md5Of(body) {
		return "", &Refusal{Status: http.StatusBadRequest, Code: "I400HD", Message: "Invalid Header `Content-MD5`"}
	}
	if at := r.Header.Get("X-Ca-Timestamp"); at != "" {
		ms, err := strconv.ParseInt(at, 10, 64)
		if off := s.now().Sub(time.UnixMilli(ms)); err != nil || off.Abs() > nonceLife {
			return "", &Refusal{Status: http.StatusBadRequest, Message: "Timestamp Expired"}
		}
	}
	text := serverString(r, body)
	if !signedBy(secret, r.Header.Get("X-Ca-Signature-Method"), text, r.Header.Get("X-Ca-Signature")) {
		return "", &Refusal{
			Status:  http.StatusBadRequest,
			Message: "Invalid Signature, Server StringToSign:`" + strings.ReplaceAll(text, "\n", "#") + "`",
		}
	}
	if nonce := r.Header.Get("X-Ca-Nonce"); nonce != "" {
		for old, at := range s.nonces {
			if s.now().Sub(at) > nonceLife {
				delete(s.nonces, old)
			}
		}
		if _, used := s.nonces[nonce]; used {
			return "", &Refusal{Status: http.StatusForbidden, Message: "Nonce Used"}
		}
		s.nonces[nonce] = s.now()
	}
	return appKey, nil
}

func isForm(h http.Header) bool {
	media, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return media == "application/x-www-form-urlencoded"
}

func md5Of(body []byte) string {
	sum := md5.Sum(body)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// serverString is the string to sign as the gateway makes it of what came: the header names are
// those of X-Ca-Signature-Headers, spelt as there.
func serverString(r *http.Request, body []byte) string {
	lines := []string{r.Method, r.Header.Get("Accept"), r.Header.Get("Content-MD5"), r.Header.Get("Content-Type"), r.Header.Get("Date")}
	if names := r.Header.Get("X-Ca-Signature-Headers"); names != "" {
		sorted := strings.Split(names, ",")
		slices.Sort(sorted)
		for _, name := range sorted {
			lines = append(lines, name+":"+r.Header.Get(name))
		}
	}
	pairs := map[string]string{}
	collect := func(values url.Values) {
		for name, all := range values {
			pairs[name] = all[0]
		}
	}
	collect(r.URL.Query())
	if isForm(r.Header) {
		if fields, err := url.ParseQuery(string(body)); err == nil {
			collect(fields)
		}
	}
	var parameters []string
	for name, value := range pairs {
		if value == "" {
			parameters = append(parameters, name)
		} else {
			parameters = append(parameters, name+"="+value)
		}
	}
	slices.SortFunc(parameters, func(a, b string) int {
		x, _, _ := strings.Cut(a, "=")
		y, _, _ := strings.Cut(b, "=")
		return strings.Compare(x, y)
	})
	address := r.URL.Path
	if len(parameters) > 0 {
		address += "?" + strings.Join(parameters, "&")
	}
	return strings.Join(append(lines, address), "\n")
}

func signedBy(secret, method, text, given string) bool {
	digest := map[string]func() hash.Hash{"": sha256.New, "HmacSHA256": sha256.New, "HmacSHA1": sha1.New}[method]
	if digest == nil {
		return false
	}
	mac := hmac.New(digest, []byte(secret))
	mac.Write([]byte(text))
	raw, err := base64.StdEncoding.DecodeString(given)
	return err == nil && hmac.Equal(raw, mac.Sum(nil))
}

// answerRefusal is a reply of the gateway itself.
func answerRefusal(w http.ResponseWriter, r *Refusal) {
	h := w.Header()
	if r.Code != "" {
		h.Set("X-Ca-Error-Code", r.Code)
	}
	if r.Message != "" {
		h.Set("X-Ca-Error-Message", r.Message)
	}
	if r.Body != "" {
		h.Set("Content-Type", "text/html")
	}
	w.WriteHeader(r.Status)
	_, _ = w.Write([]byte(r.Body)) // a client that is gone does not matter
}
