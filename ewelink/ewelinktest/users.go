package ewelinktest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// user is an account. It lives in one region.
type user struct {
	apikey, country, phone, email, nickname, password string
	region                                            string
	consulted                                         bool
	wild                                              object // members that no page describes
	homes                                             []*home
	current                                           *home
	messages                                          []message
	codes                                             map[int]string // sent, by type
	sent                                              []time.Time    // when a code was
}

// The types of a verification code.
const (
	codeRegister = iota
	codeResetPassword
	_
	codeCloseAccount
	codeLogin
)

// AddAccount adds an account, named by its e-mail or its phone number with "+", in the region of the
// server's own account, with the password DefaultPassword.
func (s *Server) AddAccount(account string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.newUser(s.CountryCode, account, DefaultPassword, s.opts.region)
}

// AddForeignAccount adds an account that lives in another region.
func (s *Server) AddForeignAccount(account, countryCode, region string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.newUser(countryCode, account, DefaultPassword, region)
}

// APIKey is the id of an account.
func (s *Server) APIKey(account string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return must(s.userOf(account)).apikey
}

// VerificationCode is the code sent last to an account, or to somebody who has none yet; "" if none
// was.
func (s *Server) VerificationCode(account string, codeType int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range append(s.users, s.strangers...) {
		if u.named(account) {
			return u.codes[codeType]
		}
	}
	return ""
}

func (s *Server) newUser(country, account, password, region string) *user {
	u := &user{apikey: s.uuid(), country: country, password: password, region: region, codes: map[int]string{}, wild: object{}}
	if strings.HasPrefix(account, "+") {
		u.phone = account
	} else {
		u.email = strings.ToLower(account)
	}
	s.users = append(s.users, u)
	u.current = s.newHome(u, "My Home", 1)
	return u
}

func (u *user) named(account string) bool {
	return account != "" && (u.phone == account || u.email == strings.ToLower(account))
}

// account is what a person is shown as: the phone number or the e-mail.
func (u *user) account() string {
	if u.phone != "" {
		return u.phone
	}
	return u.email
}

func (s *Server) userOf(account string) (*user, error) {
	for _, u := range s.users {
		if u.named(account) {
			return u, nil
		}
	}
	return nil, refuse(10003, "user does not exist")
}

// addressed finds the user whom a request means, phone number first, who must live in the region.
func (s *Server) addressed(who call, f fields) (*user, error) {
	account, err := addressee(f)
	if err != nil {
		return nil, err
	}
	u, err := s.userOf(account)
	if err != nil {
		return nil, err
	}
	if u.region != who.region {
		return nil, elsewhere(u.region)
	}
	return u, nil
}

func addressee(f fields) (string, error) {
	phone := f.text("phoneNumber")
	switch {
	case phone != "" && !strings.HasPrefix(phone, "+"):
		return "", badParameter("phoneNumber begins with + and the dialling code")
	case phone != "":
		return phone, nil
	case strings.Contains(f.text("email"), "@"):
		return f.lower("email"), nil
	}
	return "", badParameter("one of phoneNumber and email is required")
}

func (u *user) info() object {
	o := object{"apikey": u.apikey, "countryCode": u.country, "accountLevel": 10, "levelExpiredAt": 0, "denyRecharge": false}
	for name, value := range map[string]string{"phoneNumber": u.phone, "email": u.email, "nickname": u.nickname} {
		if value != "" {
			o[name] = value
		}
	}
	if u.consulted {
		o["accountConsult"] = true
	}
	maps.Copy(o, u.wild)
	return o
}

// ownInfo is info where the country of the caller is told too.
func (u *user) ownInfo() object {
	o := u.info()
	o["ipCountry"] = strings.ToUpper(u.region)
	return o
}

func (s *Server) signedIn(u *user, a *app) object {
	live := s.begin(u, a)
	return object{"user": u.info(), "at": live.at, "rt": live.rt, "region": u.region}
}

var (
	hasDigit  = regexp.MustCompile(`[0-9]`)
	hasLetter = regexp.MustCompile(`[A-Za-z]`)
	hasOther  = regexp.MustCompile(`[^0-9A-Za-z]`)
)

// checkPassword demands eight characters that mix two of digits, letters and signs.
func checkPassword(password string) error {
	kinds := sim.Keep([]*regexp.Regexp{hasDigit, hasLetter, hasOther}, func(r *regexp.Regexp) bool { return r.MatchString(password) })
	if len(password) < 8 || len(kinds) < 2 {
		return badParameter("the password is too simple")
	}
	return nil
}

func diallingCode(f fields) (string, error) {
	code := f.text("countryCode")
	if !strings.HasPrefix(code, "+") {
		return "", badParameter("countryCode begins with +")
	}
	return code, nil
}

// register is POST /v2/user/register.
func (s *Server) register(who call, f fields) (any, error) {
	code, err := diallingCode(f)
	if err != nil {
		return nil, err
	}
	account, err := addressee(f)
	if err != nil {
		return nil, err
	}
	region, byPhone := regionOf(code), strings.HasPrefix(account, "+")
	switch {
	case region != who.region:
		return nil, elsewhere(region)
	case region == "cn" && !byPhone || (region == "us" || region == "eu") && byPhone:
		return nil, badParameter("accounts of this region are not named like that")
	case byPhone && !strings.HasPrefix(account, code):
		return nil, badParameter("phoneNumber begins with countryCode")
	}
	if _, err := s.userOf(account); err == nil {
		return nil, refuse(10009, "the account exists")
	}
	if err := s.spend(s.stranger(account), codeRegister, f); err != nil {
		return nil, err
	}
	if err := checkPassword(f.text("password")); err != nil {
		return nil, err
	}
	s.strangers = sim.Keep(s.strangers, func(u *user) bool { return !u.named(account) })
	return s.signedIn(s.newUser(code, account, f.text("password"), region), who.app), nil
}

// login is POST /v2/user/login.
func (s *Server) login(who call, f fields) (any, error) {
	if _, err := diallingCode(f); err != nil {
		return nil, err
	}
	u, err := s.addressed(who, f)
	if err != nil {
		return nil, err
	}
	if f.text("password") != u.password {
		return nil, refuse(10001, "login password error")
	}
	return s.signedIn(u, who.app), nil
}

// smsLogin is POST /v2/user/sms-login, for numbers of mainland China.
func (s *Server) smsLogin(who call, f fields) (any, error) {
	code, err := diallingCode(f)
	if err != nil {
		return nil, err
	}
	if code != "+86" || !strings.HasPrefix(f.text("phoneNumber"), "+86") {
		return nil, badParameter("only numbers of +86")
	}
	u, err := s.addressed(who, f)
	if err != nil {
		return nil, err
	}
	if err := s.spend(u, codeLogin, f); err != nil {
		return nil, err
	}
	return s.signedIn(u, who.app), nil
}

// stranger is somebody who has no account and may be sent a code to register.
func (s *Server) stranger(account string) *user {
	for _, u := range s.strangers {
		if u.named(account) {
			return u
		}
	}
	u := &user{codes: map[int]string{}}
	if strings.HasPrefix(account, "+") {
		u.phone = account
	} else {
		u.email = account
	}
	s.strangers = append(s.strangers, u)
	return u
}

// sendCode is POST /v2/user/verification-code.
func (s *Server) sendCode(who call, f fields) (any, error) {
	codeType := f.whole("type")
	if !slices.Contains([]int{codeRegister, codeResetPassword, codeCloseAccount, codeLogin}, codeType) {
		return nil, badParameter("type is 0, 1, 3 or 4")
	}
	account, err := addressee(f)
	if err != nil {
		return nil, err
	}
	u, err := s.addressed(who, f)
	if ref, _ := err.(*refusal); ref != nil && ref.code == 10003 && codeType == codeRegister {
		u, err = s.stranger(account), nil
	}
	if err != nil {
		return nil, err
	}
	for _, limit := range []struct {
		most   int
		within time.Duration
	}{{3, time.Minute}, {20, time.Hour}, {100, 24 * time.Hour}} {
		since := s.now().Add(-limit.within)
		if len(sim.Keep(u.sent, func(at time.Time) bool { return at.After(since) })) >= limit.most {
			return nil, refuse(10010, "verification codes are requested too often")
		}
	}
	u.sent = append(u.sent, s.now())
	code := s.sim.Random.Digits(6)
	u.codes[codeType] = code
	s.later(30*time.Minute, sim.Later, func() {
		if u.codes[codeType] == code {
			delete(u.codes, codeType)
		}
	})
	return nil, nil
}

// spend uses a verification code up.
func (s *Server) spend(u *user, codeType int, f fields) error {
	if sent, ok := u.codes[codeType]; !ok || sent != f.text("verificationCode") {
		return refuse(10002, "verification code error")
	}
	delete(u.codes, codeType)
	return nil
}

// resetPassword is POST /v2/user/reset-pwd. It signs in.
func (s *Server) resetPassword(who call, f fields) (any, error) {
	u, err := s.addressed(who, f)
	if err != nil {
		return nil, err
	}
	if err := checkPassword(f.text("password")); err != nil {
		return nil, err
	}
	if err := s.spend(u, codeResetPassword, f); err != nil {
		return nil, err
	}
	u.password = f.text("password")
	return s.signedIn(u, who.app), nil
}

// changePassword is POST /v2/user/change-pwd. Sessions stay.
func (s *Server) changePassword(who call, f fields) (any, error) {
	if f.text("oldPassword") != who.user.password {
		return nil, refuse(10001, "login password error")
	}
	if err := checkPassword(f.text("newPassword")); err != nil {
		return nil, err
	}
	who.user.password = f.text("newPassword")
	return nil, nil
}

// profile is GET /v2/user/profile.
func (s *Server) profile(who call, _ fields) (any, error) {
	return object{"user": who.user.ownInfo(), "region": who.user.region}, nil
}

// wildProfile are members of a profile that the vendor's JavaScript client sends, and no page describes.
var wildProfile = []string{"language", "timezone", "emailSubscription"}

// setProfile is POST /v2/user/profile.
func (s *Server) setProfile(who call, f fields) (any, error) {
	if f.has("accountConsult") && !f.truth("accountConsult") {
		return nil, badParameter("accountConsult is true")
	}
	if f.text("nickname") != "" {
		who.user.nickname = f.text("nickname")
	}
	who.user.consulted = who.user.consulted || f.truth("accountConsult")
	for _, name := range wildProfile {
		if f.has(name) {
			who.user.wild[name] = f[name]
		}
	}
	return nil, nil
}

// closeAccount is POST /v2/user/close-account. What the account has is gone.
func (s *Server) closeAccount(who call, f fields) (any, error) {
	u := who.user
	if err := s.spend(u, codeCloseAccount, f); err != nil {
		return nil, err
	}
	for _, d := range slices.Clone(s.devices) {
		s.drop(d, u)
	}
	s.groups = sim.Keep(s.groups, func(g *group) bool { return g.owner != u })
	for _, live := range slices.Clone(s.sessions) {
		if live.user == u {
			s.end(live)
		}
	}
	s.users = sim.Keep(s.users, func(other *user) bool { return other != u })
	return nil, nil
}
