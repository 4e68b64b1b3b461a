package wire

import (
	"fmt"

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
	var few [16]Pair
	pairs, err := Pairs(few[:0], data)
	if err != nil {
		return dst, err
	}
	var room [256]byte // for most names
	names := room[:0]
	for _, p := range pairs {
		names = append(names, p.Name...)
	}
	text := string(names) // one copy for all
	for _, p := range pairs {
		dst = append(dst, Member{Name: text[:len(p.Name)], Value: p.Value})
		text = text[len(p.Name):]
	}
	return dst, nil
}

// Pair is a Member of which nothing was copied.
type Pair struct {
	Name  []byte // without escapes; aliases the input if it had none
	Value Raw    // aliases the input

	// Plain says that Value is its own compact and its own minimal form, and a string's text is
	// what stands between its quotation marks. It may be false although that is so.
	Plain bool
}

// Pairs is Members without copies.
func Pairs(dst []Pair, data []byte) ([]Pair, error) {
	if !Raw(data).IsValid() { // also refuses duplicate names and trailing bytes
		return dst, fmt.Errorf("wire: the body is not one valid JSON value")
	}
	i := skipSpace(data, 0)
	if data[i] != '{' {
		return dst, fmt.Errorf("wire: the body is not a JSON object")
	}
	for i = skipSpace(data, i+1); data[i] != '}'; {
		end, plain := skipText(data, i)
		name := data[i+1 : end-1 : end-1]
		if !plain {
			var err error
			if name, err = AppendText(nil, data[i:end]); err != nil {
				return dst, err
			}
		}
		i = skipSpace(data, end) // at the colon
		i = skipSpace(data, i+1) // at the value
		end, plain = skipValue(data, i)
		dst = append(dst, Pair{Name: name, Value: data[i:end:end], Plain: plain})
		if i = skipSpace(data, end); data[i] == ',' {
			i = skipSpace(data, i+1)
		}
	}
	return dst, nil
}

// skipSpace, skipText, skipNumber and skipValue walk over JSON that is known to be valid. They
// return where what stands at i ends, and whether it is plain; see Pair.
func skipSpace(data []byte, i int) int {
	for data[i] <= ' ' {
		i++
	}
	return i
}

func skipText(data []byte, i int) (end int, plain bool) {
	plain = true
	for i++; data[i] != '"'; i++ {
		if data[i] == '\\' {
			plain = false
			i++
		}
	}
	return i + 1, plain
}

// A number is plain if it is whole, and short enough for a float64.
func skipNumber(data []byte, i int) (end int, plain bool) {
	for end = i; end < len(data) && '0' <= data[end] && data[end] <= '9'; end++ {
	}
	plain = end > i && end-i <= 15
	for ; end < len(data); end++ {
		switch c := data[end]; c {
		case '-', '+', '.', 'e', 'E':
			plain = false
		default:
			if c < '0' || c > '9' {
				return end, plain
			}
		}
	}
	return end, plain
}

func skipValue(data []byte, i int) (end int, plain bool) {
	plain = true
	for depth := 0; ; {
		part := true
		switch data[i] {
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			depth--
			i++
		case ',', ':':
			i++
			continue
		case ' ', '\t', '\n', '\r':
			plain = false
			i++
			continue
		case '"':
			i, part = skipText(data, i)
		case 't', 'n':
			i += len("true")
		case 'f':
			i += len("false")
		default:
			i, part = skipNumber(data, i)
		}
		plain = plain && part
		if depth == 0 {
			return i, plain
		}
	}
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
