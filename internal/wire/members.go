package wire

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Member is one name and value of a JSON object, as they stand on the wire.
type Member struct {
	Name  string
	Value Raw // aliases the input
}

// Members returns the members of the JSON object in data, in their order, appended to dst. Names
// that occur twice, at any depth, and anything behind the object are errors.
func Members(dst []Member, data []byte) ([]Member, error) {
	if !Raw(data).IsValid() { // also refuses duplicate names and trailing bytes
		return dst, fmt.Errorf("wire: the body is not one valid JSON value")
	}
	i := skipSpace(data, 0)
	if data[i] != '{' {
		return dst, fmt.Errorf("wire: the body is not a JSON object")
	}
	i = skipSpace(data, i+1)
	text := string(data) // one copy for all names
	for data[i] != '}' {
		end := skipValue(data, i)
		name := text[i+1 : end-1]
		if strings.IndexByte(name, '\\') >= 0 {
			var err error
			if name, err = Text(data[i:end]); err != nil {
				return dst, err
			}
		}
		i = skipSpace(data, end) // at the colon
		i = skipSpace(data, i+1) // at the value
		end = skipValue(data, i)
		dst = append(dst, Member{Name: name, Value: Raw(data[i:end:end])})
		i = skipSpace(data, end)
		if data[i] == ',' {
			i = skipSpace(data, i+1)
		}
	}
	return dst, nil
}

// skipSpace and skipValue walk over JSON that is known to be valid.
func skipSpace(data []byte, i int) int {
	for data[i] == ' ' || data[i] == '\t' || data[i] == '\n' || data[i] == '\r' {
		i++
	}
	return i
}

func skipValue(data []byte, i int) int {
	depth := 0
	for ; i < len(data); i++ {
		switch data[i] {
		case '"':
			for i++; data[i] != '"'; i++ {
				if data[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth == 0 { // the end of what holds a bare scalar
				return i
			}
			depth--
		case ',', ':', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
	return i
}

// Text returns the text of a JSON string value.
func Text(value Raw) (string, error) {
	var room [64]byte // for most texts
	b, err := AppendText(room[:0], value)
	if err != nil {
		return "", err
	}
	return string(b), nil
}

// AppendText appends the text of a JSON string value.
func AppendText(dst []byte, value Raw) ([]byte, error) {
	b, err := jsontext.AppendUnquote(dst, value)
	if err != nil {
		return dst, fmt.Errorf("wire: not a JSON string")
	}
	return b, nil
}

// AppendCompact appends value without insignificant white space; strings and numbers stay as
// they are written.
func AppendCompact(dst []byte, value Raw) ([]byte, error) {
	return jsontext.AppendFormat(dst, value, jsontext.PreserveRawStrings(true))
}

// AppendMinimal appends value as JavaScript's JSON.stringify would after parsing it: without white
// space, strings with as few escapes and numbers with as few digits as possible; the order of
// names stays.
func AppendMinimal(dst []byte, value Raw) ([]byte, error) {
	return jsontext.AppendFormat(dst, value, jsontext.CanonicalizeRawInts(true), jsontext.CanonicalizeRawFloats(true))
}
