package yeeuu

import (
	"net/http"
	"strings"

	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// authWords are the names of the authentication parameters. A desc that names one of them is
// about the credentials or the time; the document has one such text, "token错误".
var authWords = []string{"token", "partnerid", "timestamp", "nonstr"}

// judge says what a refusal means. There are no codes, and but for the token no text is
// documented, so all that is known of any other refusal is that it is one: it may be about the
// door, the person or the lock, and may even come from a lock that did not answer in time.
func judge(o rest.Outcome) rest.Verdict {
	desc := strings.ToLower(o.Message)
	for _, word := range authWords {
		if strings.Contains(desc, word) {
			return rest.Verdict{Kind: lock.ErrUnauthenticated} // not repeated: the clock stays what it is
		}
	}
	switch {
	case o.Status == http.StatusTooManyRequests:
		return rest.Verdict{Kind: lock.ErrRateLimited}
	case o.Status >= http.StatusInternalServerError:
		return rest.Verdict{Kind: lock.ErrVendorUnavailable}
	}
	return rest.Verdict{Kind: lock.ErrDeviceRejected}
}

// ErrorCodes returns the vendor's two kinds of refusal. It has no codes; Words is what desc says.
func ErrorCodes() []lock.CodeInfo {
	return []lock.CodeInfo{
		{Code: "success=false", Where: "reply", Kind: lock.ErrUnauthenticated, Words: "token错误",
			Note: "wrong partner id or secret, or a clock that is wrong; so is every text that names partnerId, timestamp, nonstr or token"},
		{Code: "success=false", Where: "reply", Kind: lock.ErrDeviceRejected,
			Note: "any other text: none is documented, so read the words"},
	}
}
