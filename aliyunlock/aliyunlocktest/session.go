package aliyunlocktest

import (
	"time"
)

// session is a user's login.
type session struct {
	user        *user
	token       string
	ends        time.Time
	refresh     string
	refreshEnds time.Time
}

// AuthCode returns an authorization code of the user, good for one session.
func (s *Server) AuthCode() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	code := s.sim.Random.Hex(32)
	s.codes[code] = must(s.user(s.User))
	return code
}

// ExpireTokens ends all iotTokens and the cloudToken. Refresh tokens stay good.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, live := range s.sessions {
		live.ends = s.now()
	}
	s.cloudEnd = s.now()
}

// SignOut ends all sessions, their refresh tokens too.
func (s *Server) SignOut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions = nil
}

// begin makes a session.
func (s *Server) begin(u *user) *session {
	live := &session{user: u}
	s.renew(live)
	s.sessions = append(s.sessions, live)
	return live
}

// renew gives a session new tokens; the ones before are used up.
func (s *Server) renew(live *session) {
	now := s.now()
	live.token, live.ends = s.sim.Random.Hex(32), now.Add(s.opts.tokenLifetime)
	live.refresh, live.refreshEnds = s.sim.Random.Hex(32), now.Add(s.opts.refreshLifetime)
}

func (s *Server) sessionInfo(live *session) object {
	now := s.now()
	return object{
		"identityId": live.user.identity,
		"iotToken":   live.token, "iotTokenExpire": int(live.ends.Sub(now).Seconds()),
		"refreshToken": live.refresh, "refreshTokenExpire": int(live.refreshEnds.Sub(now).Seconds()),
	}
}

// createSession is /account/createSessionByAuthCode.
func (s *Server) createSession(_ caller, f fields) (any, error) {
	r := f.inner("request")
	if t := r.text("accountType"); t != "OA_SESSION" && t != "OA_TOKEN" {
		return nil, refuse(2461, "accountType invalid")
	}
	if r.text("appKey") != s.AppKey {
		return nil, refuse(401, "request auth error.")
	}
	u, ok := s.codes[r.text("authCode")]
	if !ok {
		return nil, refuse(2459, "session invalid")
	}
	delete(s.codes, r.text("authCode"))
	return s.sessionInfo(s.begin(u)), nil
}

// owning finds the session of a refresh token.
func (s *Server) owning(f fields) (int, error) {
	r := f.inner("request")
	for i, live := range s.sessions {
		if live.refresh == r.text("refreshToken") && live.user.identity == r.text("identityId") && s.now().Before(live.refreshEnds) {
			return i, nil
		}
	}
	return 0, refuse(2401, "refreshToken invalid")
}

// refreshSession is /account/checkOrRefreshSession.
func (s *Server) refreshSession(_ caller, f fields) (any, error) {
	i, err := s.owning(f)
	if err != nil {
		return nil, err
	}
	s.renew(s.sessions[i])
	return s.sessionInfo(s.sessions[i]), nil
}

// endSession is /iotx/account/invalidSession.
func (s *Server) endSession(_ caller, f fields) (any, error) {
	i, err := s.owning(f)
	if err != nil {
		return nil, err
	}
	s.sessions = append(s.sessions[:i:i], s.sessions[i+1:]...)
	return nil, nil
}

// userRegion is /living/account/region/get.
func (s *Server) userRegion(caller, fields) (any, error) {
	return object{
		"regionId": "cn-shanghai", "shortRegionId": "0", "regionEnglishName": "China (Shanghai)",
		"apiGatewayEndpoint": "api.link.aliyun.com", "oaApiGatewayEndpoint": "living-account.cn-shanghai.aliyuncs.com",
		"mqttEndpoint": "public.itls.cn-shanghai.aliyuncs.com:1883", "pushChannelEndpoint": "living-accs.cn-shanghai.aliyuncs.com",
	}, nil
}

// getCloudToken is /cloud/token. It ends the token before.
func (s *Server) getCloudToken(_ caller, f fields) (any, error) {
	if f.text("grantType") != "project" || f.text("res") != s.Project {
		return nil, refuse(403, "request forbidden.")
	}
	return s.newCloudToken(), nil
}

// refreshCloudToken is /cloud/token/refresh.
func (s *Server) refreshCloudToken(_ caller, f fields) (any, error) {
	if f.text("cloudToken") != s.cloudToken || !s.now().Before(s.cloudEnd) {
		return nil, refuse(20017, "cloudToken is invalid")
	}
	return s.newCloudToken(), nil
}

func (s *Server) newCloudToken() object {
	s.cloudToken, s.cloudEnd = s.sim.Random.Hex(32), s.now().Add(s.opts.cloudLifetime)
	if s.opts.cloudSeconds {
		return object{"iotToken": s.cloudToken, "expiresIn": int64(s.opts.cloudLifetime.Seconds())}
	}
	return object{"cloudToken": s.cloudToken, "expireIn": s.opts.cloudLifetime.Milliseconds()}
}
