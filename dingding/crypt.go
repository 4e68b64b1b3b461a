package dingding

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/smartlock-sdk/smartlock/lock"
)

const (
	// sealKeySize is how many characters of the access token are the key: AES-128.
	sealKeySize = 16
	// sealIV is the same for every password, by the document.
	sealIV = "0123456789ABCDEF"
)

// codeForm is how door codes travel.
type codeForm int

const (
	codeBase64 codeForm = iota // encrypted, base64
	codeHex                    // encrypted, hexadecimal
	codePlain                  // in clear
)

// seal encrypts a door code under the token that travels beside it, for encrypted_password
// (§18.2): AES-128-CBC, the key being the token's first 16 characters as they are (no hexadecimal
// decoding). The document names neither padding nor encoding; PKCS #7 and base64 are what a
// recorded exchange has.
func seal(code lock.Secret, token string, form codeForm) (lock.Secret, error) {
	if len(token) < sealKeySize {
		return lock.Secret{}, errors.New("the access token is shorter than the 16 characters that encrypt a password")
	}
	block, err := aes.NewCipher([]byte(token[:sealKeySize]))
	if err != nil {
		return lock.Secret{}, fmt.Errorf("encrypting the password: %w", err)
	}
	text := []byte(code.Reveal())
	pad := aes.BlockSize - len(text)%aes.BlockSize
	text = append(text, bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, []byte(sealIV)).CryptBlocks(text, text)
	if form == codeHex {
		return lock.NewSecret(hex.EncodeToString(text)), nil
	}
	return lock.NewSecret(base64.StdEncoding.EncodeToString(text)), nil
}

// codeOnWire gives the two members a door code can travel in, one of them empty; both are for a
// code that is not set.
func codeOnWire(code lock.Secret, token string, form codeForm) (password, encrypted lock.Secret, err error) {
	if form == codePlain || code.IsZero() {
		return code, lock.Secret{}, nil
	}
	encrypted, err = seal(code, token, form)
	return lock.Secret{}, encrypted, err
}

// sixDigits is what a door code must be (§6.7).
var sixDigits = lock.PINPolicy{Lengths: []int{6}}

func validCode(code lock.Secret) error {
	if err := sixDigits.Validate(code); err != nil { // says the rule, never the code
		return fmt.Errorf("the Password must be exactly six digits: %w", err)
	}
	return nil
}
