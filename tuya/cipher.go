package tuya

import (
	"bytes"
	"crypto/aes"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/smartlock-sdk/smartlock/lock"
)

// secretSize is the length of an Access Secret, which is the key of ticket keys.
const secretSize = 32

// seal encrypts a code with the key of a ticket: AES-ECB with PKCS#7 padding, in upper-case
// hexadecimal digits.
func seal(code, ticketKey, clientSecret lock.Secret) (lock.Secret, error) {
	key, err := openTicketKey(ticketKey, clientSecret)
	if err != nil {
		return lock.Secret{}, err
	}
	sealed, err := encryptECB([]byte(key.Reveal()), []byte(code.Reveal()))
	if err != nil {
		return lock.Secret{}, err
	}
	return lock.NewSecret(string(appendUpperHex(nil, sealed))), nil
}

// openTicketKey decrypts the key of a ticket with the Access Secret: AES-256-ECB with PKCS#7 padding
// over the bytes that its hexadecimal digits name. What comes out is a key for AES as it is.
func openTicketKey(ticketKey, clientSecret lock.Secret) (lock.Secret, error) {
	secret := []byte(clientSecret.Reveal())
	if len(secret) != secretSize {
		return lock.Secret{}, fmt.Errorf("the Access Secret must have %d characters to encrypt codes, and has %d", secretSize, len(secret))
	}
	sealed, err := hex.DecodeString(ticketKey.Reveal())
	if err != nil {
		return lock.Secret{}, errors.New("the key of the ticket is not written in hexadecimal digits")
	}
	key, err := decryptECB(secret, sealed)
	if err != nil {
		return lock.Secret{}, fmt.Errorf("the key of the ticket cannot be decrypted, so it is not for this Access Secret: %w", err)
	}
	switch len(key) {
	case 16, 24, 32:
		return lock.NewSecret(string(key)), nil
	}
	return lock.Secret{}, fmt.Errorf("the key of the ticket has %d bytes, which AES does not know", len(key))
}

// encryptECB encrypts block by block, after PKCS#7 padding. The vendor wants it so.
func encryptECB(key, plain []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	out := append(bytes.Clone(plain), bytes.Repeat([]byte{byte(pad)}, pad)...)
	for i := 0; i < len(out); i += aes.BlockSize {
		block.Encrypt(out[i:], out[i:])
	}
	return out, nil
}

// decryptECB undoes encryptECB.
func decryptECB(key, sealed []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	if len(sealed) == 0 || len(sealed)%aes.BlockSize != 0 {
		return nil, errors.New("it is not made of whole blocks")
	}
	out := bytes.Clone(sealed)
	for i := 0; i < len(out); i += aes.BlockSize {
		block.Decrypt(out[i:], out[i:])
	}
	pad := int(out[len(out)-1])
	if pad == 0 || pad > aes.BlockSize || !bytes.Equal(out[len(out)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return nil, errors.New("its padding is wrong")
	}
	return out[:len(out)-pad], nil
}
