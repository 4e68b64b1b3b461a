package ewelinktest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
)

func TestAdmission(t *testing.T) {
	s, p := frozen(t)
	free, freeSecret := s.AddFreeApp()
	old, oldSecret := s.AddApp()
	s.ExpireApp(old)
	login := []byte(`{"countryCode":"+44","email":"landlord@example.com","password":"landlord-2026"}`)
	signature := "Sign " + sign(p.secret, login)
	for _, tt := range []struct {
		name   string
		header http.Header
		want   int
	}{
		{"a good signature", http.Header{"Authorization": {signature}, "X-Ck-Appid": {p.id}}, 0},
		{"a nonce of eight", http.Header{"Authorization": {signature}, "X-Ck-Appid": {p.id}, "X-Ck-Nonce": {"abcd1234"}}, 0},
		{"milliseconds in Date", http.Header{"Authorization": {signature}, "X-Ck-Appid": {p.id}, "Date": {"1700000000123"}}, 0},
		{"a nonce of seven", http.Header{"Authorization": {signature}, "X-Ck-Appid": {p.id}, "X-Ck-Nonce": {"abcd123"}}, 400},
		{"another body's signature", http.Header{"Authorization": {"Sign " + sign(p.secret, []byte("{}"))}, "X-Ck-Appid": {p.id}}, 400},
		{"another app's signature", http.Header{"Authorization": {"Sign " + sign(freeSecret, login)}, "X-Ck-Appid": {p.id}}, 400},
		{"a token for a signature", http.Header{"Authorization": {"Bearer " + p.at}, "X-Ck-Appid": {p.id}}, 400},
		{"no authorization", http.Header{"X-Ck-Appid": {p.id}}, 400},
		{"no app id", http.Header{"Authorization": {signature}}, 407},
		{"a free app id", http.Header{"Authorization": {"Sign " + sign(freeSecret, login)}, "X-Ck-Appid": {free}}, 407},
		{"an app id that has ended", http.Header{"Authorization": {"Sign " + sign(oldSecret, login)}, "X-Ck-Appid": {old}}, 407},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p.call("POST", "/v2/user/login", nil, login, tt.header).refused(tt.want)
		})
	}
	p.login(s.Account, s.Password)
	profile := func(header http.Header) answer { return p.call("GET", "/v2/user/profile", nil, nil, header) }
	family := func(header http.Header) answer { return p.call("GET", "/v2/family", nil, nil, header) }
	family(http.Header{"Authorization": {"Bearer " + p.at}}).ok()
	profile(http.Header{"Authorization": {"Bearer " + p.at}}).refused(400)
	family(http.Header{"Authorization": {"Bearer " + p.at}, "X-Ck-Appid": {free}}).refused(400)
	family(http.Header{"Authorization": {"Bearer x"}}).refused(401)
	family(http.Header{"Authorization": {"Sign " + sign(p.secret, nil)}, "X-Ck-Appid": {p.id}}).refused(401)
	p.get("/v2/nowhere", nil).refused(403)
	p.put("/v2/user/login", object{"a": 1}).refused(403)
	p.post("/v2/family/current", object{"id": "x", "idd": 1}).refused(400)
	p.post("/v2/family/current", object{"id": 7}).refused(400)
	p.call("POST", "/v2/family/current", nil, []byte("[1]"), http.Header{"Authorization": {"Bearer " + p.at}}).refused(400)
	p.get("/v2/device/thing", object{"num": "many"}).refused(400)
}

func TestSessions(t *testing.T) {
	s, p := frozen(t)
	first := *p
	p.sign("POST", "/v2/user/login", object{"countryCode": "+44", "email": s.Account, "password": "wrong"}).refused(10001)
	p.sign("POST", "/v2/user/login", object{"countryCode": "+44", "email": "nobody@example.com", "password": "wrong"}).refused(10003)
	p.sign("POST", "/v2/user/login", object{"countryCode": "44", "email": s.Account, "password": s.Password}).refused(400)
	p.sign("POST", "/v2/user/login", object{"countryCode": "+44", "password": s.Password}).refused(400)
	p.get("/v2/family", nil).ok()
	p.login(strings.ToUpper(s.Account), s.Password).is("region", "eu")
	first.get("/v2/family", nil).refused(401)
	p.get("/v2/family", nil).ok()

	other := *p
	other.id, other.secret = s.AddApp()
	other.login(s.Account, s.Password)
	p.get("/v2/family", nil).ok() // another app, another session

	s.Advance(30*24*time.Hour + time.Second)
	p.get("/v2/family", nil).refused(402)
	before := p.rt
	a := p.sign("POST", "/v2/user/refresh", object{"rt": p.rt}).ok()
	if a.text("at") == p.at || a.text("rt") == p.rt || a.at("user") != nil {
		t.Errorf("a refresh brings two new tokens and no user: got %v", a.data)
	}
	p.at, p.rt = a.text("at"), a.text("rt")
	p.get("/v2/family", nil).ok()
	p.sign("POST", "/v2/user/refresh", object{"rt": before}).refused(405)
	b := p.post("/v2/user/refresh", object{"rt": p.rt}).ok() // with the token in place of a signature
	p.at, p.rt = b.text("at"), b.text("rt")
	other.sign("POST", "/v2/user/refresh", object{"rt": p.rt}).refused(405)

	s.ExpireTokens()
	p.get("/v2/family", nil).refused(402)
	c := p.post("/v2/user/refresh", object{"rt": p.rt}).ok() // with one that has expired, too
	p.at, p.rt = c.text("at"), c.text("rt")
	s.Advance(61 * 24 * time.Hour)
	p.sign("POST", "/v2/user/refresh", object{"rt": p.rt}).refused(405)

	p.login(s.Account, s.Password)
	p.del("/v2/user/logout", nil).ok()
	p.get("/v2/family", nil).refused(401)
	p.login(s.Account, s.Password)
	s.TakeOver(s.Account)
	p.get("/v2/family", nil).refused(401)
	p.login(s.Account, s.Password)
	s.SignOut()
	p.get("/v2/family", nil).refused(401)
	if n := s.Executed("POST /v2/user/refresh"); n != 3 {
		t.Errorf("refreshes carried out: got %d, want 3", n)
	}
}

func TestRegions(t *testing.T) {
	s, p := frozen(t)
	s.AddForeignAccount("us@example.com", "+1", "us")
	login := object{"countryCode": "+1", "email": "us@example.com", "password": ewelinktest.DefaultPassword}
	p.sign("POST", "/v2/user/login", login).refused(10004).is("region", "us")
	p.base = s.RegionURL("us")
	p.take(p.sign("POST", "/v2/user/login", login).ok().is("region", "us"))
	p.get("/v2/family", nil).ok()
	p.base = s.URL
	p.get("/v2/family", nil).refused(10004).is("region", "us")
	p.sign("POST", "/v2/user/refresh", object{"rt": p.rt}).refused(10004)
	p.sign("POST", "/v2/user/verification-code", object{"type": 1, "email": "us@example.com"}).refused(10004).is("region", "us")
	for code, region := range map[string]string{"86": "cn", "+86": "cn", "1": "us", "44": "eu", "65": "as", "1268": "as", "49": "eu"} {
		p.sign("GET", "/v2/utils/get-region", object{"countryCode": code}).ok().is("region", region)
	}
	p.sign("GET", "/v2/utils/get-region", object{"countryCode": "x"}).refused(400)
	p.sign("GET", "/v2/utils/get-region", nil).refused(400)

	r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/v2/family", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "us-apia.coolkit.cc"
	r.Header.Set("Authorization", "Bearer "+p.at)
	resp, err := p.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("by Host: got %d", resp.StatusCode)
	}
}

func TestAccounts(t *testing.T) {
	s, p := frozen(t)
	register := object{"countryCode": "+44", "email": "New@Example.com", "password": "abc12345", "verificationCode": "0"}
	p.sign("POST", "/v2/user/register", register).refused(10002)
	p.sign("POST", "/v2/user/verification-code", object{"type": 0, "email": "new@example.com"}).ok()
	register["verificationCode"] = s.VerificationCode("new@example.com", 0)
	register["password"] = "12345678"
	p.sign("POST", "/v2/user/register", register).refused(400)
	p.sign("POST", "/v2/user/verification-code", object{"type": 0, "email": "new@example.com"}).ok()
	register["verificationCode"], register["password"] = s.VerificationCode("new@example.com", 0), "abc12345"
	fresh := *p
	fresh.take(fresh.sign("POST", "/v2/user/register", register).ok().is("user.email", "new@example.com").is("user.countryCode", "+44").is("region", "eu"))
	fresh.get("/v2/family", nil).ok().counts("familyList", 1)
	p.sign("POST", "/v2/user/register", register).refused(10009)
	register["email"], register["countryCode"] = "x@example.com", "+1"
	p.sign("POST", "/v2/user/register", register).refused(10004).is("region", "us")
	delete(register, "email")
	register["phoneNumber"], register["countryCode"] = "+447700900000", "+44"
	p.sign("POST", "/v2/user/register", register).refused(400) // e-mail only in Europe

	fresh.post("/v2/user/profile", object{"nickname": "Neo", "accountConsult": true, "acceptEmailAd": nil}).ok()
	fresh.post("/v2/user/profile", object{"accountConsult": false}).refused(400)
	fresh.post("/v2/user/profile", object{"timezone": object{"id": "Europe/London", "offset": 0}}).ok()
	fresh.get("/v2/user/profile", nil).ok().is("user.timezone.id", "Europe/London")
	fresh.get("/v2/user/profile", nil).ok().is("user.nickname", "Neo").is("user.accountConsult", true).is("user.ipCountry", "EU").is("region", "eu")

	fresh.post("/v2/user/change-pwd", object{"oldPassword": "wrong", "newPassword": "abc123456"}).refused(10001)
	fresh.post("/v2/user/change-pwd", object{"oldPassword": "abc12345", "newPassword": "abc123456"}).ok()
	fresh.login("new@example.com", "abc123456")
	fresh.sign("POST", "/v2/user/verification-code", object{"type": 1, "email": "new@example.com"}).ok()
	fresh.sign("POST", "/v2/user/reset-pwd", object{"email": "new@example.com", "password": "abc1234567"}).refused(400)
	reset := object{"email": "new@example.com", "password": "abc1234567", "verificationCode": s.VerificationCode("new@example.com", 1)}
	fresh.take(fresh.sign("POST", "/v2/user/reset-pwd", reset).ok())
	fresh.sign("POST", "/v2/user/reset-pwd", reset).refused(10002) // a code is good once

	fresh.sign("POST", "/v2/user/verification-code", object{"type": 3, "email": "new@example.com"}).ok()
	fresh.sign("POST", "/v2/user/verification-code", object{"type": 3, "email": "new@example.com"}).ok()
	fresh.sign("POST", "/v2/user/verification-code", object{"type": 3, "email": "new@example.com"}).refused(10010)
	fresh.sign("POST", "/v2/user/verification-code", object{"type": 2, "email": "new@example.com"}).refused(400)
	fresh.post("/v2/user/close-account", object{"verificationCode": "0"}).refused(10002)
	fresh.post("/v2/user/close-account", object{"verificationCode": s.VerificationCode("new@example.com", 3)}).ok()
	fresh.get("/v2/family", nil).refused(401)
	fresh.sign("POST", "/v2/user/login", object{"countryCode": "+44", "email": "new@example.com", "password": "abc1234567"}).refused(10003)
}

func TestSMSLogin(t *testing.T) {
	s, p := frozen(t, ewelinktest.WithRegion("cn"))
	if s.Account != "+8613800138000" {
		t.Fatalf("the account in China: got %s", s.Account)
	}
	in := object{"countryCode": "+86", "phoneNumber": s.Account, "verificationCode": "0"}
	p.sign("POST", "/v2/user/sms-login", in).refused(10002)
	p.sign("POST", "/v2/user/verification-code", object{"type": 4, "phoneNumber": s.Account}).ok()
	in["verificationCode"] = s.VerificationCode(s.Account, 4)
	p.sign("POST", "/v2/user/sms-login", in).ok().is("user.phoneNumber", s.Account)
	in["countryCode"] = "+44"
	p.sign("POST", "/v2/user/sms-login", in).refused(400)
	p.sign("POST", "/v2/user/verification-code", object{"type": 4, "phoneNumber": s.Account}).ok()
	s.Advance(time.Hour)
	in["countryCode"], in["verificationCode"] = "+86", s.VerificationCode(s.Account, 4)
	p.sign("POST", "/v2/user/sms-login", in).refused(400) // codes end
}

func TestOAuth(t *testing.T) {
	s, p := frozen(t)
	p.id, p.secret = s.AddFreeApp()
	const back = "https://example.com/back?x=1"
	page := url.Values{
		"clientId": {p.id}, "seq": {"1700000000123"}, "redirectUrl": {back}, "grantType": {"authorization_code"},
		"state": {"a b"}, "nonce": {"abcd1234"}, "authorization": {sign(p.secret, []byte(p.id+"_1700000000123"))},
	}
	a := p.call("GET", "/oauth/index.html", page, nil, nil)
	to, err := url.Parse(a.location)
	if err != nil || a.status != http.StatusFound {
		t.Fatalf("the page: got %d, %v", a.status, err)
	}
	q := to.Query()
	if q.Get("region") != "eu" || q.Get("state") != "a b" || q.Get("x") != "1" || to.Host != "example.com" {
		t.Errorf("the way back: got %s", to)
	}
	in := object{"code": q.Get("code"), "redirectUrl": back, "grantType": "authorization_code"}
	p.sign("POST", "/v2/user/oauth/token", object{"code": q.Get("code"), "redirectUrl": "https://elsewhere", "grantType": "authorization_code"}).refused(405)
	tokens := p.sign("POST", "/v2/user/oauth/token", in).ok().is("atExpiredTime", noon.AddDate(0, 0, 30).UnixMilli()).is("rtExpiredTime", noon.AddDate(0, 0, 60).UnixMilli())
	p.sign("POST", "/v2/user/oauth/token", in).refused(405)
	p.at, p.rt = tokens.text("accessToken"), tokens.text("refreshToken")
	if key := p.get("/v2/family", nil).ok().text("familyList.0.apikey"); key != s.APIKey(s.Account) {
		t.Errorf("the api key: got %q", key)
	}
	p.get("/v2/device/thing", nil).ok()
	p.get("/v2/message/read", nil).refused(407)
	p.post("/v2/family", object{"name": "x", "sort": 1}).refused(407)
	p.sign("GET", "/v2/utils/get-region", object{"countryCode": "44"}).refused(407)
	r := p.sign("POST", "/v2/user/refresh", object{"rt": p.rt}).ok()
	p.at = r.text("at")
	p.del("/v2/user/oauth/token", nil).ok()
	p.get("/v2/family", nil).refused(401)

	in["code"] = s.OAuthCode(p.id, back)
	s.Advance(30 * time.Second)
	p.sign("POST", "/v2/user/oauth/token", in).refused(405)
	page.Set("authorization", "AAAA")
	if a := p.call("GET", "/oauth/index.html", page, nil, nil); a.status != http.StatusForbidden {
		t.Errorf("a forged page: got %d", a.status)
	}
}
