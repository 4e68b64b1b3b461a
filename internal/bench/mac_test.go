package bench

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

func mac(secret, body []byte) string {
	m := hmac.New(sha256.New, secret)
	m.Write(body)
	return hex.EncodeToString(m.Sum(nil))
}
