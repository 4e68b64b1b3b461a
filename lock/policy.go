package lock

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// PasswordPolicy is what a password must look like on one lock.
type PasswordPolicy struct {
	PIN         PINPolicy
	ChooseCode  bool          // false: the vendor makes the code, PasswordSpec.Secret must be empty
	MaxName     int           // characters; 0 = the vendor states no limit
	NeedHolder  bool          // Person.Phone of the holder is required
	Granularity time.Duration // window bounds are cut to this; 0 = one second
	MaxWindow   time.Duration // longest window; 0 = the vendor states none
	// EarliestUntil is the first instant at which a window may end, for vendors that want a
	// minimum; zero = any time in the future.
	EarliestUntil time.Time
	// FixedFrom: the window begins when the password is made; Window.From must be zero.
	FixedFrom bool
}

// Rule names one rule for a password.
type Rule string

// The rules.
const (
	RuleLength          Rule = "length"
	RuleDigits          Rule = "digits_only"
	RuleForbiddenDigits Rule = "forbidden_digits"
	RuleForbiddenPrefix Rule = "forbidden_prefix"
	RuleRepeat          Rule = "no_repeated_run"
	RuleSequence        Rule = "no_sequence"
	RuleDistinct        Rule = "min_distinct"
	RuleUniqueFirst     Rule = "unique_first"
	RuleSimilar         Rule = "not_similar"
	RuleChooseCode      Rule = "cannot_choose_pin"
	RuleName            Rule = "name_length"
	RuleHolder          Rule = "holder_required"
	RuleStart           Rule = "start_not_allowed"
	RuleEnd             Rule = "end_after"
	RuleGranularity     Rule = "granularity"
	RuleMaxWindow       Rule = "max_window"
	RuleSchedule        Rule = "schedule"
)

// PINError says which rule a password breaks. Want puts the rule in words; neither holds the
// code.
type PINError struct {
	Rule Rule
	Want string
}

// Error puts the rule in words.
func (e *PINError) Error() string { return fmt.Sprintf("rule %s: %s", e.Rule, e.Want) }

// PINPolicy is what digits a lock takes. Zero fields do not restrict; the zero policy asks only
// for digits.
type PINPolicy struct {
	Lengths           []int    // allowed lengths
	ForbiddenDigits   string   // digits that may not occur
	ForbiddenPrefixes []string // beginnings that may not occur
	MaxRepeat         int      // longest run of one digit: 2 allows 11 and forbids 111
	MaxSequence       int      // longest run up or down by one: 3 allows 123 and forbids 1234
	MinDistinct       int      // how many different digits there must be
	UniqueFirst       int      // the first n digits must all differ
	// MaxShared is how many consecutive digits a code may share with another code on the same
	// lock: 3 forbids four. The others are only known to the lock; Validate and Generate look at
	// those they are given.
	MaxShared int
}

// Validate reports the first rule that code breaks, as a *PINError, looking also at the codes
// that are known to be on the lock.
func (p PINPolicy) Validate(code Secret, others ...Secret) error {
	pin := code.Reveal()
	for _, r := range pin {
		if r < '0' || r > '9' {
			return &PINError{RuleDigits, "only the digits 0 to 9"}
		}
	}
	if len(p.Lengths) > 0 && !slices.Contains(p.Lengths, len(pin)) || pin == "" {
		return &PINError{RuleLength, p.lengths()}
	}
	if strings.ContainsAny(pin, p.ForbiddenDigits) && p.ForbiddenDigits != "" {
		return &PINError{RuleForbiddenDigits, "none of the digits " + p.ForbiddenDigits}
	}
	for _, prefix := range p.ForbiddenPrefixes {
		if strings.HasPrefix(pin, prefix) {
			return &PINError{RuleForbiddenPrefix, "must not begin with " + prefix}
		}
	}
	if p.MaxRepeat > 0 && longestRun(pin, 0) > p.MaxRepeat {
		return &PINError{RuleRepeat, fmt.Sprintf("no digit more than %d times in a row", p.MaxRepeat)}
	}
	if p.MaxSequence > 0 && max(longestRun(pin, 1), longestRun(pin, -1)) > p.MaxSequence {
		return &PINError{RuleSequence, fmt.Sprintf("no more than %d digits counting up or down", p.MaxSequence)}
	}
	if distinct(pin) < p.MinDistinct {
		return &PINError{RuleDistinct, fmt.Sprintf("at least %d different digits", p.MinDistinct)}
	}
	if first := pin[:min(p.UniqueFirst, len(pin))]; distinct(first) < len(first) {
		return &PINError{RuleUniqueFirst, fmt.Sprintf("the first %d digits must differ", p.UniqueFirst)}
	}
	if p.MaxShared > 0 {
		for _, other := range others {
			if shares(pin, other.Reveal(), p.MaxShared+1) {
				return &PINError{RuleSimilar, fmt.Sprintf("no more than %d consecutive digits as in another code of the lock", p.MaxShared)}
			}
		}
	}
	return nil
}

// Generate draws a code that keeps the policy, each equally likely, from the system's secure
// source. others are codes that are known to be on the lock; none of them is drawn again.
func (p PINPolicy) Generate(others ...Secret) (Secret, error) {
	length := 6
	if len(p.Lengths) > 0 && !slices.Contains(p.Lengths, length) {
		length = slices.Max(p.Lengths)
	}
	digits := make([]byte, length)
	for range generateTries {
		for i := range digits {
			n, err := rand.Int(rand.Reader, big.NewInt(10))
			if err != nil {
				return Secret{}, fmt.Errorf("drawing a code: %w", err)
			}
			digits[i] = byte('0' + n.Int64())
		}
		code := NewSecret(string(digits))
		if p.Validate(code, others...) == nil && !slices.ContainsFunc(others, code.Equal) {
			return code, nil
		}
	}
	return Secret{}, errors.New("the policy leaves hardly any code to draw")
}

// generateTries is enough for a policy that allows one code in a thousand to fail once in 10^40.
const generateTries = 100_000

func (p PINPolicy) lengths() string {
	if len(p.Lengths) == 0 {
		return "at least one digit"
	}
	words := make([]string, len(p.Lengths))
	for i, n := range p.Lengths {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, " or ") + " digits"
}

// String puts the policy in words, to show beside a form.
func (p PINPolicy) String() string {
	rules := []string{p.lengths()}
	if p.ForbiddenDigits != "" {
		rules = append(rules, "without "+p.ForbiddenDigits)
	}
	if len(p.ForbiddenPrefixes) > 0 {
		rules = append(rules, "not beginning with "+strings.Join(p.ForbiddenPrefixes, " or "))
	}
	if p.MaxRepeat > 0 {
		rules = append(rules, fmt.Sprintf("no digit more than %d times in a row", p.MaxRepeat))
	}
	if p.MaxSequence > 0 {
		rules = append(rules, fmt.Sprintf("no more than %d digits counting up or down", p.MaxSequence))
	}
	if p.MinDistinct > 1 {
		rules = append(rules, fmt.Sprintf("at least %d different digits", p.MinDistinct))
	}
	if p.UniqueFirst > 1 {
		rules = append(rules, fmt.Sprintf("the first %d different", p.UniqueFirst))
	}
	if p.MaxShared > 0 {
		rules = append(rules, fmt.Sprintf("no %d consecutive digits as in another code of the lock", p.MaxShared+1))
	}
	return strings.Join(rules, ", ")
}

// Validate reports the first rule that a new password would break, as a *PINError. A code that is
// not set is fine where one will be drawn. now is the time the window is held against.
func (p PasswordPolicy) Validate(s PasswordSpec, now time.Time) error {
	if err := s.Validate(); err != nil {
		return err
	}
	if !s.Secret.IsZero() {
		if !p.ChooseCode {
			return &PINError{RuleChooseCode, "the vendor makes the code; leave Secret empty"}
		}
		if err := p.PIN.Validate(s.Secret); err != nil {
			return err
		}
	}
	if p.NeedHolder && s.Holder.Phone.IsZero() {
		return &PINError{RuleHolder, "Holder.Phone is required"}
	}
	if err := p.ValidateName(s.Name); err != nil {
		return err
	}
	return p.ValidateWindow(s.Window, now)
}

// ValidateName reports a name that is too long.
func (p PasswordPolicy) ValidateName(name string) error {
	if p.MaxName > 0 && utf8.RuneCountInString(name) > p.MaxName {
		return &PINError{RuleName, fmt.Sprintf("a name of at most %d characters", p.MaxName)}
	}
	return nil
}

// ValidateWindow reports a window that the lock cannot keep or that has passed.
func (p PasswordPolicy) ValidateWindow(w Window, now time.Time) error {
	if err := w.Validate(); err != nil {
		return &PINError{RuleEnd, err.Error()}
	}
	if p.FixedFrom && !w.From.IsZero() {
		return &PINError{RuleStart, "the password begins when it is made; leave Window.From zero"}
	}
	if w.Forever() {
		return nil
	}
	if earliest := p.EarliestUntil; !earliest.IsZero() && w.Until.Before(earliest) {
		return &PINError{RuleEnd, "the window must not end before " + earliest.Format(time.RFC3339)}
	}
	if !now.Before(w.Until) {
		return &PINError{RuleEnd, "the window has passed: it ended " + w.Until.Format(time.RFC3339)}
	}
	if p.Granularity > 0 && !(onGrid(w.From, p.Granularity) && onGrid(w.Until, p.Granularity)) {
		return &PINError{RuleGranularity, fmt.Sprintf("window bounds on whole %s", p.Granularity)}
	}
	from := w.From
	if from.IsZero() {
		from = now
	}
	if p.MaxWindow > 0 && w.Until.Sub(from) > p.MaxWindow {
		return &PINError{RuleMaxWindow, fmt.Sprintf("a window of at most %s", p.MaxWindow)}
	}
	return nil
}

func onGrid(t time.Time, d time.Duration) bool { return t.IsZero() || t.Truncate(d).Equal(t) }

// longestRun is the length of the longest run in which each digit is the one before plus step.
func longestRun(pin string, step int) int {
	longest, run := 0, 0
	for i := range len(pin) {
		if i > 0 && int(pin[i])-int(pin[i-1]) == step {
			run++
		} else {
			run = 1
		}
		longest = max(longest, run)
	}
	return longest
}

func distinct(digits string) int {
	var seen [256]bool
	n := 0
	for i := range len(digits) {
		if !seen[digits[i]] {
			seen[digits[i]] = true
			n++
		}
	}
	return n
}

// shares reports whether a and b have n consecutive digits in common.
func shares(a, b string, n int) bool {
	for i := 0; i+n <= len(a); i++ {
		if strings.Contains(b, a[i:i+n]) {
			return true
		}
	}
	return false
}
