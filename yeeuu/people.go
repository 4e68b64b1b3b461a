package yeeuu

import (
	"encoding/base64"
	"errors"
	"strings"
	"unicode"

	"github.com/smartlock-sdk/smartlock/lock"
)

// KeyID is the id of a person's authorisation, the same at every door: the vendor knows it by the
// phone number. With it an authorisation can be revoked that this program did not give. The number
// is encoded, so that no log shows it at a glance, but not encrypted: treat the id as personal data.
func KeyID(phone lock.Secret) lock.KeyID { return lock.KeyID(personID(phone)) }

// PasswordID is the id of a person's password, the same at every door; see KeyID.
func PasswordID(phone lock.Secret) lock.PasswordID { return lock.PasswordID(personID(phone)) }

const personPrefix = "phone-"

func personID(phone lock.Secret) string {
	return personPrefix + base64.RawURLEncoding.EncodeToString([]byte(dialled(phone).Reveal()))
}

var errPersonID = errors.New("this is no id of an authorisation or a password of Yeeuu; yeeuu.KeyID and yeeuu.PasswordID make one from a phone number")

// personPhone reads what personID wrote.
func personPhone(id string) (lock.Secret, error) {
	encoded, ok := strings.CutPrefix(id, personPrefix)
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	phone := lock.NewSecret(string(text))
	if !ok || err != nil || phone.IsZero() || personID(phone) != id {
		return lock.Secret{}, errPersonID
	}
	return phone, nil
}

// dialled is a number as it is dialled in China, so that one person has one spelling: without
// spaces and without +86. Other countries' numbers keep their code.
func dialled(phone lock.Secret) lock.Secret {
	text := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, phone.Reveal())
	return lock.NewSecret(strings.TrimPrefix(text, "+86"))
}

// person tells a phone number from a name, which stand in the same place of a log.
func person(opener lock.Secret) lock.Person {
	digits := strings.TrimPrefix(opener.Reveal(), "+")
	if len(digits) < 5 || strings.Trim(digits, "0123456789") != "" {
		return lock.Person{Name: opener.Reveal()}
	}
	return lock.Person{Phone: opener}
}

// orName is what the vendor is told of somebody: the name, else the id.
func orName(p lock.Person) string {
	if p.Name != "" {
		return p.Name
	}
	return p.ID
}
