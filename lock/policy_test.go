package lock_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/smartlock-sdk/smartlock/lock"
)

func secrets(codes ...string) []lock.Secret {
	var s []lock.Secret
	for _, c := range codes {
		s = append(s, lock.NewSecret(c))
	}
	return s
}

func TestPINPolicyNamesTheBrokenRule(t *testing.T) {
	six := []int{6}
	for _, c := range []struct {
		name   string
		policy lock.PINPolicy
		code   string
		others []string
		want   lock.Rule
	}{
		{"any digits", lock.PINPolicy{}, "1", nil, ""},
		{"no digits", lock.PINPolicy{}, "", nil, lock.RuleLength},
		{"letters", lock.PINPolicy{}, "12a4", nil, lock.RuleDigits},
		{"a space", lock.PINPolicy{Lengths: six}, "12345 ", nil, lock.RuleDigits},
		{"Chinese digits", lock.PINPolicy{Lengths: six}, "一二", nil, lock.RuleDigits},
		{"Arabic digits", lock.PINPolicy{}, "١٢٣", nil, lock.RuleDigits},
		{"the right length", lock.PINPolicy{Lengths: six}, "482913", nil, ""},
		{"too short", lock.PINPolicy{Lengths: six}, "48291", nil, lock.RuleLength},
		{"too long", lock.PINPolicy{Lengths: six}, "4829130", nil, lock.RuleLength},
		{"one of two lengths", lock.PINPolicy{Lengths: []int{4, 6}}, "4829", nil, ""},
		{"none of two lengths", lock.PINPolicy{Lengths: []int{4, 6}}, "48291", nil, lock.RuleLength},
		{"a leading zero counts", lock.PINPolicy{Lengths: six}, "048291", nil, ""},
		{"a forbidden digit", lock.PINPolicy{ForbiddenDigits: "07"}, "1230", nil, lock.RuleForbiddenDigits},
		{"no forbidden digit", lock.PINPolicy{ForbiddenDigits: "07"}, "1234", nil, ""},
		{"a forbidden beginning", lock.PINPolicy{ForbiddenPrefixes: []string{"0", "12"}}, "1299", nil, lock.RuleForbiddenPrefix},
		{"the same digits later", lock.PINPolicy{ForbiddenPrefixes: []string{"0", "12"}}, "9120", nil, ""},
		{"a run that is allowed", lock.PINPolicy{MaxRepeat: 2}, "112211", nil, ""},
		{"a run that is too long", lock.PINPolicy{MaxRepeat: 2}, "901112", nil, lock.RuleRepeat},
		{"one digit only, at the end", lock.PINPolicy{MaxRepeat: 2}, "12333", nil, lock.RuleRepeat},
		{"counting up as far as allowed", lock.PINPolicy{MaxSequence: 3}, "123912", nil, ""},
		{"counting up too far", lock.PINPolicy{MaxSequence: 3}, "901234", nil, lock.RuleSequence},
		{"counting down too far", lock.PINPolicy{MaxSequence: 3}, "904321", nil, lock.RuleSequence},
		{"nine and zero are no neighbours", lock.PINPolicy{MaxSequence: 2}, "8901", nil, ""},
		{"enough different digits", lock.PINPolicy{MinDistinct: 3}, "112233", nil, ""},
		{"too few different digits", lock.PINPolicy{MinDistinct: 3}, "112211", nil, lock.RuleDistinct},
		{"the first digits differ", lock.PINPolicy{UniqueFirst: 4}, "123411", nil, ""},
		{"the first digits do not differ", lock.PINPolicy{UniqueFirst: 4}, "123144", nil, lock.RuleUniqueFirst},
		{"fewer digits than have to differ", lock.PINPolicy{UniqueFirst: 4}, "121", nil, lock.RuleUniqueFirst},
		{"three digits shared where four are forbidden", lock.PINPolicy{MaxShared: 3}, "482913", []string{"994829", "000291"}, lock.RuleSimilar},
		{"the last digits shared", lock.PINPolicy{MaxShared: 3}, "482913", []string{"002913"}, lock.RuleSimilar},
		{"as many shared as allowed", lock.PINPolicy{MaxShared: 3}, "482913", []string{"482000"}, ""},
		{"shared digits apart", lock.PINPolicy{MaxShared: 3}, "482913", []string{"482013"}, ""},
		{"the same code", lock.PINPolicy{MaxShared: 3}, "482913", []string{"111111", "482913"}, lock.RuleSimilar},
		{"others do not matter without the rule", lock.PINPolicy{}, "482913", []string{"482913"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.policy.Validate(lock.NewSecret(c.code), secrets(c.others...)...)
			wantRule(t, err, c.want)
			if err != nil && len(c.code) > 3 && strings.Contains(err.Error(), c.code) {
				t.Errorf("the error shows the code")
			}
		})
	}
}

func TestPINPolicyInWords(t *testing.T) {
	for _, c := range []struct {
		policy lock.PINPolicy
		want   string
	}{
		{lock.PINPolicy{}, "at least one digit"},
		{lock.PINPolicy{MinDistinct: 1, UniqueFirst: 1}, "at least one digit"},
		{lock.PINPolicy{Lengths: []int{6}, MaxShared: 3}, "6 digits, no 4 consecutive digits as in another code of the lock"},
		{
			lock.PINPolicy{
				Lengths: []int{6, 7}, ForbiddenDigits: "0", ForbiddenPrefixes: []string{"12", "34"}, MaxRepeat: 2, MaxSequence: 3,
				MinDistinct: 4, UniqueFirst: 5,
			},
			"6 or 7 digits, without 0, not beginning with 12 or 34, no digit more than 2 times in a row, " +
				"no more than 3 digits counting up or down, at least 4 different digits, the first 5 different",
		},
	} {
		if got := c.policy.String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestGenerateLength(t *testing.T) {
	for _, c := range []struct {
		lengths []int
		want    int
	}{{nil, 6}, {[]int{4, 6, 8}, 6}, {[]int{7}, 7}, {[]int{4, 8}, 8}} {
		code, err := lock.PINPolicy{Lengths: c.lengths}.Generate()
		if err != nil || len(code.Reveal()) != c.want {
			t.Errorf("lengths %v: got %d digits and error %v, want %d", c.lengths, len(code.Reveal()), err, c.want)
		}
	}
}

func TestGenerateNeverRepeatsACode(t *testing.T) {
	p := lock.PINPolicy{Lengths: []int{1}}
	var taken []lock.Secret
	for range 10 {
		code, err := p.Generate(taken...)
		if err != nil {
			t.Fatalf("after %d codes: got error %v, want another", len(taken), err)
		}
		if slices.ContainsFunc(taken, code.Equal) {
			t.Fatalf("after %d codes: got one of them again", len(taken))
		}
		taken = append(taken, code)
	}
	if _, err := p.Generate(taken...); err == nil {
		t.Errorf("all ten codes taken: got another, want an error")
	}
}

func TestGenerateGivesUp(t *testing.T) {
	_, err := lock.PINPolicy{Lengths: []int{6}, ForbiddenDigits: "0123456789"}.Generate()
	if err == nil {
		t.Errorf("no digit allowed: got a code, want an error")
	}
}

// drawnPolicy is any policy that leaves a good share of the codes.
func drawnPolicy(t *rapid.T) lock.PINPolicy {
	return lock.PINPolicy{
		Lengths:           rapid.SliceOfN(rapid.IntRange(4, 10), 0, 3).Draw(t, "lengths"),
		ForbiddenDigits:   rapid.StringMatching(`[0-9]{0,3}`).Draw(t, "forbidden digits"),
		ForbiddenPrefixes: rapid.SliceOfN(rapid.StringMatching(`[0-9]{1,2}`), 0, 3).Draw(t, "forbidden prefixes"),
		MaxRepeat:         rapid.IntRange(0, 3).Draw(t, "max repeat"),
		MaxSequence:       rapid.SampledFrom([]int{0, 2, 3, 4}).Draw(t, "max sequence"),
		MinDistinct:       rapid.IntRange(0, 4).Draw(t, "min distinct"),
		UniqueFirst:       rapid.IntRange(0, 3).Draw(t, "unique first"),
		MaxShared:         rapid.SampledFrom([]int{0, 3, 4}).Draw(t, "max shared"),
	}
}

func TestWhatIsGeneratedIsValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawnPolicy(t)
		others := secrets(rapid.SliceOfN(rapid.StringMatching(`[0-9]{4,8}`), 0, 5).Draw(t, "others")...)
		code, err := p.Generate(others...)
		if err != nil {
			t.Fatalf("policy %s: got error %v, want a code", p, err)
		}
		if err := p.Validate(code, others...); err != nil {
			t.Fatalf("policy %s: the code it drew: got error %v, want none", p, err)
		}
		if slices.ContainsFunc(others, code.Equal) {
			t.Fatalf("policy %s: got a code that is on the lock already", p)
		}
	})
}

// Every code that a policy refuses breaks the rule that is named, by the plainest reading of it.
func TestWhatIsRefusedBreaksTheRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawnPolicy(t)
		code := rapid.StringMatching(`[0-4]{1,8}`).Draw(t, "code")
		err := p.Validate(lock.NewSecret(code))
		var pin *lock.PINError
		if err != nil && !errors.As(err, &pin) {
			t.Fatalf("got a %T, want a *PINError", err)
		}
		breaks := map[lock.Rule]bool{
			lock.RuleLength:          len(p.Lengths) > 0 && !slices.Contains(p.Lengths, len(code)),
			lock.RuleForbiddenDigits: p.ForbiddenDigits != "" && strings.ContainsAny(code, p.ForbiddenDigits),
			lock.RuleForbiddenPrefix: slices.ContainsFunc(p.ForbiddenPrefixes, func(x string) bool { return strings.HasPrefix(code, x) }),
			lock.RuleRepeat:          p.MaxRepeat > 0 && holdsRun(code, p.MaxRepeat+1, 0),
			lock.RuleSequence:        p.MaxSequence > 0 && (holdsRun(code, p.MaxSequence+1, 1) || holdsRun(code, p.MaxSequence+1, -1)),
			lock.RuleDistinct:        different(code) < p.MinDistinct,
			lock.RuleUniqueFirst:     different(code[:min(len(code), p.UniqueFirst)]) < min(len(code), p.UniqueFirst),
		}
		some := false
		for _, b := range breaks {
			some = some || b
		}
		if (err != nil) != some {
			t.Fatalf("policy %s: got %v, want an error: %t", p, err, some)
		}
		if err != nil && !breaks[pin.Rule] {
			t.Fatalf("policy %s: got rule %s, which the code keeps", p, pin.Rule)
		}
	})
}

// holdsRun reports whether n digits in a row each differ by step from the one before.
func holdsRun(code string, n, step int) bool {
	for i := 0; i+n <= len(code); i++ {
		run := true
		for j := i + 1; j < i+n; j++ {
			run = run && int(code[j]) == int(code[j-1])+step
		}
		if run {
			return true
		}
	}
	return false
}

func different(code string) int {
	digits := []rune(code)
	slices.Sort(digits)
	return len(slices.Compact(digits))
}

// Each digit comes in each place about as often as any other: 20,000 codes, 2,000 expected, and
// ten standard deviations (42 each) of room.
func TestGeneratedCodesAreSpreadEvenly(t *testing.T) {
	const codes = 20_000
	var count [6][10]int
	for range codes {
		code, err := lock.PINPolicy{Lengths: []int{6}}.Generate()
		if err != nil {
			t.Fatal(err)
		}
		for place, digit := range code.Reveal() {
			count[place][digit-'0']++
		}
	}
	for place := range count {
		for digit, n := range count[place] {
			if n < codes/10-425 || n > codes/10+425 {
				t.Errorf("digit %d in place %d: got it %d times in %d codes, want about %d", digit, place, n, codes, codes/10)
			}
		}
	}
}

func TestPasswordPolicyValidate(t *testing.T) {
	policy := lock.PasswordPolicy{PIN: lock.PINPolicy{Lengths: []int{6}}, ChooseCode: true, MaxName: 5}
	good := lock.PasswordSpec{Secret: lock.NewSecret("482913"), Name: "Li Na", Window: tomorrow}
	for _, c := range []struct {
		name  string
		spoil func(*lock.PasswordPolicy, *lock.PasswordSpec)
		want  lock.Rule
	}{
		{"as it should be", func(*lock.PasswordPolicy, *lock.PasswordSpec) {}, ""},
		{"a code to be drawn", func(_ *lock.PasswordPolicy, s *lock.PasswordSpec) { s.Secret = lock.Secret{} }, ""},
		{"a code of letters", func(_ *lock.PasswordPolicy, s *lock.PasswordSpec) { s.Secret = lock.NewSecret("zyxwvu") }, lock.RuleDigits},
		{"a code although the vendor makes it", func(p *lock.PasswordPolicy, _ *lock.PasswordSpec) { p.ChooseCode = false }, lock.RuleChooseCode},
		{"no code where the vendor makes it", func(p *lock.PasswordPolicy, s *lock.PasswordSpec) { p.ChooseCode, s.Secret = false, lock.Secret{} }, ""},
		{"no holder where one is needed", func(p *lock.PasswordPolicy, _ *lock.PasswordSpec) { p.NeedHolder = true }, lock.RuleHolder},
		{"a holder without a phone", func(p *lock.PasswordPolicy, s *lock.PasswordSpec) { p.NeedHolder, s.Holder.Name = true, "Li" }, lock.RuleHolder},
		{"a holder with a phone", func(p *lock.PasswordPolicy, s *lock.PasswordSpec) {
			p.NeedHolder, s.Holder.Phone = true, lock.NewSecret("13800138000")
		}, ""},
		{"a name that is too long", func(_ *lock.PasswordPolicy, s *lock.PasswordSpec) { s.Name = "Li Nan" }, lock.RuleName},
		{"any name where the vendor states no limit", func(p *lock.PasswordPolicy, s *lock.PasswordSpec) { p.MaxName, s.Name = 0, strings.Repeat("Li", 100) }, ""},
		{"a Chinese name counts its characters", func(_ *lock.PasswordPolicy, s *lock.PasswordSpec) { s.Name = "李娜的姐姐" }, ""},
		{"no end", func(_ *lock.PasswordPolicy, s *lock.PasswordSpec) { s.Window = lock.Window{} }, lock.RuleEnd},
		{"a window that has passed", func(_ *lock.PasswordPolicy, s *lock.PasswordSpec) { s.Window.Until = noon }, lock.RuleEnd},
		{"a schedule without its kind", func(_ *lock.PasswordPolicy, s *lock.PasswordSpec) { s.Schedule = daily }, lock.RuleSchedule},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, s := policy, good
			c.spoil(&p, &s)
			wantRule(t, p.Validate(s, noon), c.want)
		})
	}
}

func TestPasswordPolicyValidateWindow(t *testing.T) {
	hour := time.Hour
	at := func(from, until time.Duration) lock.Window {
		return lock.Window{From: noon.Add(from), Until: noon.Add(until)}
	}
	for _, c := range []struct {
		name   string
		policy lock.PasswordPolicy
		window lock.Window
		want   lock.Rule
	}{
		{"any window in the future", lock.PasswordPolicy{}, at(hour, 2*hour), ""},
		{"one that began already", lock.PasswordPolicy{}, at(-hour, hour), ""},
		{"one without an end", lock.PasswordPolicy{MaxWindow: hour, Granularity: hour}, lock.Window{From: noon.Add(7)}, ""},
		{"one that ends now", lock.PasswordPolicy{}, at(-hour, 0), lock.RuleEnd},
		{"one the wrong way round", lock.PasswordPolicy{}, at(2*hour, hour), lock.RuleEnd},
		{"a beginning where there may be none", lock.PasswordPolicy{FixedFrom: true}, at(hour, 2*hour), lock.RuleStart},
		{"no beginning where there may be none", lock.PasswordPolicy{FixedFrom: true}, tomorrow, ""},
		{"a beginning without an end where there may be none", lock.PasswordPolicy{FixedFrom: true}, lock.Window{From: noon}, lock.RuleStart},
		{"an end too early", lock.PasswordPolicy{EarliestUntil: noon.Add(2 * hour)}, lock.Window{Until: noon.Add(2*hour - 1)}, lock.RuleEnd},
		{"the earliest end", lock.PasswordPolicy{EarliestUntil: noon.Add(2 * hour)}, lock.Window{Until: noon.Add(2 * hour)}, ""},
		{"whole hours", lock.PasswordPolicy{Granularity: hour}, at(hour, 2*hour), ""},
		{"no whole hour at the end", lock.PasswordPolicy{Granularity: hour}, at(hour, 2*hour+1), lock.RuleGranularity},
		{"no whole hour at the beginning", lock.PasswordPolicy{Granularity: hour}, at(hour+1, 2*hour), lock.RuleGranularity},
		{"the longest window", lock.PasswordPolicy{MaxWindow: hour}, at(hour, 2*hour), ""},
		{"a window that is too long", lock.PasswordPolicy{MaxWindow: hour}, at(hour, 2*hour+1), lock.RuleMaxWindow},
		{"a window that is too long from now on", lock.PasswordPolicy{MaxWindow: hour}, lock.Window{Until: noon.Add(hour + 1)}, lock.RuleMaxWindow},
	} {
		t.Run(c.name, func(t *testing.T) { wantRule(t, c.policy.ValidateWindow(c.window, noon), c.want) })
	}
}

func TestPINErrorPutsTheRuleInWords(t *testing.T) {
	err := &lock.PINError{Rule: lock.RuleLength, Want: "6 digits"}
	if got, want := err.Error(), "rule length: 6 digits"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
