package main

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/smartlock-sdk/smartlock/aliyunlock/aliyunlocktest"
	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/ewelink/ewelinktest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/tuya/tuyatest"
	"github.com/smartlock-sdk/smartlock/yeeuu/yeeuutest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// told runs the program and returns what it prints.
func told(t *testing.T, env map[string]string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), &out, func(name string) string { return env[name] })
	return out.String(), err
}

func TestEveryVendorHasItsDay(t *testing.T) {
	out, err := told(t, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := strings.Count(out, "A day at "); got != len(vendors) {
		t.Errorf("%d days were told, want %d", got, len(vendors))
	}
	for line := range strings.Lines(out) {
		if strings.Contains(line, " --  ") && !strings.Contains(line, "does not support") {
			t.Errorf("a step was left out although the vendor can: %s", line)
		}
	}
}

// With credentials the program does on the vendor's address what it may do there; here simulators
// stand at that address.
func TestWithCredentials(t *testing.T) {
	dd, yu, al := dingdingtest.NewServer(), yeeuutest.NewServer(), aliyunlocktest.NewServer()
	defer dd.Close()
	defer yu.Close()
	defer al.Close()
	ty, ew := tuyatest.NewServer(), ewelinktest.NewServer()
	defer ty.Close()
	defer ew.Close()
	ew.AddAccount("lina@example.com")
	door := dd.AddLock("front door")
	finger := al.AddLock("大门锁")
	key := al.EnrolKey(finger, aliyunlocktest.Fingerprint, "")
	al.Settle()
	for _, tt := range []struct {
		name string
		env  map[string]string
		says []string
	}{
		{"Dingding", map[string]string{
			"DINGDING_CLIENT_ID": dd.ClientID, "DINGDING_CLIENT_SECRET": dd.ClientSecret, "DINGDING_BASE_URL": dd.URL,
			"DINGDING_LOCK": string(door), "DINGDING_PHONE": "13912345678", "DINGDING_CALLBACK_URL": "https://hooks.example.com/",
			"DINGDING_LISTEN": "127.0.0.1:0",
		}, []string{
			"using your lock front door", "a key       ok", "somebody would have to stand at the door", "there is no meter",
			"paid        ok", "move out    ok", "there was no first reading", "tidy up     ok",
		}},
		{"Yeeuu", map[string]string{
			"YEEUU_PARTNER_ID": yu.PartnerID, "YEEUU_SECRET": yu.Secret, "YEEUU_BASE_URL": yu.URL,
			"YEEUU_LOCK": string(yu.AddLock("2501")), "YEEUU_PHONE": "13912345678",
		}, []string{"the vendor could not remove the home again", "move in     ok", "nobody allowed it", "code deleted, key taken back"}},
		{"Aliyun", map[string]string{
			"ALIYUNLOCK_APP_KEY": al.AppKey, "ALIYUNLOCK_APP_SECRET": al.AppSecret, "ALIYUNLOCK_BASE_URL": al.URL,
			"ALIYUNLOCK_AUTH_CODE": al.AuthCode(), "ALIYUNLOCK_LOCK": string(finger), "ALIYUNLOCK_KEY": string(key),
		}, []string{"using your lock 大门锁", "holds a key (fingerprint)", "key erased in the lock", "tidy up     ok"}},
		{"Tuya", map[string]string{
			"TUYA_CLIENT_ID": ty.ClientID, "TUYA_CLIENT_SECRET": ty.ClientSecret, "TUYA_UID": ty.UID, "TUYA_BASE_URL": ty.URL,
			"TUYA_LOCK": string(ty.AddLock("车库门锁")), "TUYA_PHONE": "86-13912345678", "TUYA_OPEN": "yes", "TUYA_REGION": "cn",
		}, []string{"using your lock 车库门锁", "holds a key (user)", "opened for a parcel", "code active again", "key erased in the lock"}},
		{"eWeLink", map[string]string{
			"EWELINK_APP_ID": ew.AppID, "EWELINK_APP_SECRET": ew.AppSecret, "EWELINK_COUNTRY_CODE": ew.CountryCode, "EWELINK_ACCOUNT": ew.Account,
			"EWELINK_PASSWORD": ew.Password, "EWELINK_BASE_URL": ew.URL, "EWELINK_LOCK": string(ew.AddRelay("yard gate")),
			"EWELINK_TENANT": "lina@example.com", "EWELINK_OPEN": "yes",
		}, []string{"using your lock yard gate", "holds a key (app)", "opened for a parcel", "key taken back", "tidy up     ok"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := told(t, tt.env)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if strings.Contains(out, "simulator") {
				t.Errorf("a simulator was visited:\n%s", out)
			}
			for _, words := range tt.says {
				if !strings.Contains(out, words) {
					t.Errorf("it does not say %q:\n%s", words, out)
				}
			}
		})
	}
	if al.HasKey(finger, key) {
		t.Error("the tenant's finger is still in the lock")
	}
}

func TestARealDoorIsOpenedOnlyIfThatIsAllowed(t *testing.T) {
	s := yeeuutest.NewServer()
	defer s.Close()
	door := s.AddLock("2501")
	env := map[string]string{
		"YEEUU_PARTNER_ID": s.PartnerID, "YEEUU_SECRET": s.Secret, "YEEUU_BASE_URL": s.URL, "YEEUU_LOCK": string(door), "YEEUU_PHONE": "13912345678",
	}
	for _, tt := range []struct {
		open string
		want int
	}{{"", 0}, {"no", 0}, {"yes", 1}} {
		env["YEEUU_OPEN"] = tt.open
		before := len(s.Openings(door))
		if out, err := told(t, env); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if got := len(s.Openings(door)) - before; got != tt.want {
			t.Errorf("YEEUU_OPEN=%s: opened %d times, want %d", tt.open, got, tt.want)
		}
	}
}

func TestWhatFailsIsSaid(t *testing.T) {
	s := dingdingtest.NewServer()
	defer s.Close()
	s.Fail("/add_home", dingdingtest.Status(http.StatusForbidden).Always())
	env := map[string]string{"DINGDING_CLIENT_ID": s.ClientID, "DINGDING_CLIENT_SECRET": s.ClientSecret, "DINGDING_BASE_URL": s.URL}
	if _, err := told(t, env); err == nil || !strings.Contains(err.Error(), "DINGDING_LOCK") {
		t.Errorf("without a lock: %v", err)
	}
	env["DINGDING_LOCK"], env["DINGDING_TOP_UP"] = string(s.AddLock("front door")), "much"
	if _, err := told(t, env); err == nil || !strings.Contains(err.Error(), "DINGDING_TOP_UP") {
		t.Errorf("with an amount that is none: %v", err)
	}
	env["DINGDING_TOP_UP"] = ""
	out, err := told(t, env)
	if err == nil || !strings.Contains(out, "FAILED") || strings.Contains(out, " 2  devices") {
		t.Errorf("got %v and\n%s\nwant a failed first step and none after it", err, out)
	}
}

func TestTheTableHasAllOperations(t *testing.T) {
	s := dingdingtest.NewServer()
	defer s.Close()
	got := table([]lock.Provider{s.Client()})
	if n := strings.Count(got, "\n") - 2; n != len(lock.Ops()) {
		t.Errorf("%d rows, want %d", n, len(lock.Ops()))
	}
	if !strings.Contains(got, "| `passwords.freeze`            | ●        |") {
		t.Errorf("got\n%s", got)
	}
}
