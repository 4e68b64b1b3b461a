package tuyatest

import (
	"crypto/aes"
	"encoding/hex"
	"strings"
	"time"
)

// ticket is what a code is encrypted with on its way to the cloud.
type ticket struct {
	id   string
	key  []byte // 16 bytes
	ends time.Time
}

// getTicket is POST …/password-ticket, of either path. A ticket is handed out again with what is
// left of its life; in its last half minute a new one is.
func (s *Server) getTicket(f fields) (any, error) {
	d, err := s.lockAt(f)
	if err != nil {
		return nil, err
	}
	t := d.door.ticket
	if t == nil || t.ends.Sub(s.now()) <= min(30*time.Second, s.opts.ticketLife/2) {
		t = &ticket{s.sim.Random.Text(tokenAlphabet, 8), []byte(s.sim.Random.Text(tokenAlphabet, 16)), s.now().Add(s.opts.ticketLife)}
		d.door.ticket = t
	}
	return object{
		"ticket_id": t.id, "ticket_key": strings.ToUpper(hex.EncodeToString(encrypt(t.key, []byte(s.ClientSecret)))),
		"expire_time": int64(t.ends.Sub(s.now()).Seconds()),
	}, nil
}

// admit checks a ticket. It may be used more than once while it lives.
func (s *Server) admit(d *device, id string) (*ticket, error) {
	t := d.door.ticket
	if t == nil || t.id != id || !s.now().Before(t.ends) {
		return nil, refuse(illegalParameter, "ticket_id is illegal")
	}
	return t, nil
}

// open reads an encrypted code and checks its length, which depends on how the lock is connected.
func (s *Server) open(d *device, f fields) (string, error) {
	bad := refuse(illegalParameter, "param is illegal, please check it")
	t, err := s.admit(d, f.text("ticket_id"))
	if err != nil {
		return "", err
	}
	if f.text("password_type") != "ticket" {
		return "", bad
	}
	data, err := hex.DecodeString(f.text("password"))
	if err != nil {
		return "", bad
	}
	plain, ok := decrypt(data, t.key)
	if !ok || len(plain) != d.door.digits() || strings.Trim(string(plain), "0123456789") != "" {
		return "", bad
	}
	return string(plain), nil
}

// digits is how many a code has: a Wi-Fi lock wants seven.
func (door *doorLock) digits() int {
	if door.family == wifi {
		return 7
	}
	return 6
}

// encrypt is AES in ECB mode with PKCS#7 padding. The key has a right length.
func encrypt(plain, key []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("tuyatest: a client secret has 32 characters")
	}
	padding := aes.BlockSize - len(plain)%aes.BlockSize
	data := append([]byte{}, plain...)
	for range padding {
		data = append(data, byte(padding))
	}
	for i := 0; i < len(data); i += aes.BlockSize {
		block.Encrypt(data[i:], data[i:])
	}
	return data
}

// decrypt undoes encrypt, if that is what made it.
func decrypt(data, key []byte) (plain []byte, ok bool) {
	block, err := aes.NewCipher(key)
	if err != nil || len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return nil, false
	}
	plain = make([]byte, len(data))
	for i := 0; i < len(data); i += aes.BlockSize {
		block.Decrypt(plain[i:], data[i:])
	}
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > aes.BlockSize {
		return nil, false
	}
	for _, b := range plain[len(plain)-padding:] {
		if int(b) != padding {
			return nil, false
		}
	}
	return plain[:len(plain)-padding], true
}
