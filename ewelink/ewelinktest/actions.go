package ewelinktest

import (
	"bytes"
	"encoding/json"
	"maps"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// request is what a client sends through a socket. version and ts are optional and not looked at.
type request struct {
	Action     string          `json:"action"`
	At         string          `json:"at"`
	APIKey     string          `json:"apikey"`
	SelfAPIKey string          `json:"selfApikey"`
	AppID      string          `json:"appid"`
	Nonce      string          `json:"nonce"`
	UserAgent  string          `json:"userAgent"`
	DeviceID   string          `json:"deviceid"`
	Sequence   json.RawMessage `json:"sequence"` // text, or a number from older clients
	Params     json.RawMessage `json:"params"`
}

// numbered reports whether a request has a sequence.
func (in *request) numbered() bool {
	return len(in.Sequence) > 0 && !bytes.Equal(in.Sequence, []byte("null")) && !bytes.Equal(in.Sequence, []byte(`""`))
}

// echo is the sequence of an answer: that of the request, as it came.
func (in *request) echo() json.RawMessage {
	if !in.numbered() {
		return json.RawMessage(`""`)
	}
	return in.Sequence
}

// userOnline is the handshake. A wrong one is answered, and the connection ends.
func (s *Server) userOnline(k *socket, in *request) {
	fail := func(code int, reason string) {
		o := object{"error": code, "reason": reason, "apikey": in.APIKey, "sequence": in.echo(), "actionName": "userOnline"}
		text, err := json.Marshal(o)
		s.post(k, len(k.out), frame{text: must(text, err), last: true})
	}
	live, err := s.bearer(in.At)
	switch {
	case s.tooOften():
		fail(529, "Too Many Requests")
	case in.Action != "userOnline" || in.At == "" || in.APIKey == "" || in.AppID == "" || !in.numbered() ||
		!eightCharacters.MatchString(in.Nonce) || in.UserAgent != "app" && in.UserAgent != "pc_ewelink":
		fail(400, "Bad Request")
	case err != nil || live.app.id != in.AppID || live.app.expired || live.user.apikey != in.APIKey:
		fail(406, "Authentication Failed")
	default:
		k.session = live
		config := object{"hb": 0}
		if s.opts.heartbeat > 0 {
			config = object{"hb": 1, "hbInterval": int(s.opts.heartbeat / time.Second)}
		}
		s.sim.Count("userOnline")
		s.reply(k, len(k.out), object{"error": 0, "apikey": in.APIKey, "config": config, "sequence": in.echo()})
	}
}

// act carries out an action of a client that has signed in. Actions that nobody knows are ignored.
func (s *Server) act(k *socket, in *request) {
	var do func(*device, *socket, *request) object
	switch in.Action {
	case "update":
		do = s.updateAction
	case "query":
		do = s.queryAction
	case "upgrade":
		do = s.upgradeAction
	default:
		return
	}
	d, code := s.addressedDevice(k, in)
	if s.noise.refused > 0 {
		s.noise.refused--
		code = s.noise.code
	}
	delay := s.opts.latency
	if d != nil {
		delay += d.slow
	}
	answer := func() {
		at := len(k.out)
		o := object{"error": code}
		if code == 0 {
			o = do(d, k, in)
		}
		if s.noise.swallowed > 0 {
			s.noise.swallowed--
			return
		}
		o["deviceid"], o["apikey"], o["sequence"] = in.DeviceID, in.APIKey, in.echo()
		s.reply(k, min(at, len(k.out)), o) // before what the device reports because of it
	}
	if delay > 0 && code == 0 {
		s.later(delay, sim.Work, answer)
		return
	}
	answer()
}

// addressedDevice finds the device of a request, or says what is wrong with it.
func (s *Server) addressedDevice(k *socket, in *request) (*device, int) {
	if in.DeviceID == "" || in.APIKey == "" || !in.numbered() || in.UserAgent == "" || len(in.Params) == 0 {
		return nil, 400
	}
	u := k.session.user
	d, err := s.visible(u, in.DeviceID)
	switch {
	case err != nil || in.APIKey != d.owner.apikey:
		return nil, 403
	case in.SelfAPIKey != "" && in.SelfAPIKey != u.apikey:
		return nil, 403
	case d.owner != u && in.SelfAPIKey == "":
		return nil, 400
	}
	return d, 0
}

// updateAction tells a device something. params is an object, or a list of them.
func (s *Server) updateAction(d *device, k *socket, in *request) object {
	list, isList := decode[[]object](in.Params)
	if !isList {
		one, isObject := decode[object](in.Params)
		if !isObject {
			return object{"error": 400}
		}
		list = []object{one}
	}
	all := object{}
	for _, params := range list {
		maps.Copy(all, params)
	}
	if len(all) == 0 {
		return object{"error": 400}
	}
	config, o := s.command(d, origin{user: k.session.user, socket: k}, all)
	answer := object{"error": o.socketCode()}
	if config != nil {
		answer["config"] = config
	}
	return answer
}

// queryAction asks for the state of a device. The cloud answers from what it knows: live values may
// be old.
func (s *Server) queryAction(d *device, _ *socket, in *request) object {
	names, isList := decode[[]string](in.Params)
	switch {
	case !isList:
		return object{"error": 400}
	case !d.online:
		return object{"error": offline.socketCode()}
	case d.deaf:
		return object{"error": unanswered.socketCode()}
	}
	return object{"error": 0, "params": chosen(d.params, names)}
}

// firmware is a version that is offered for a model.
type firmware struct{ model, version, hash string }

// OfferFirmware has a newer firmware for all devices of the kind of one.
func (s *Server) OfferFirmware(id lock.DeviceID, version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := must(s.device(string(id)))
	s.firmware = append(s.firmware, firmware{d.product.model, version, s.sim.Random.Hex(64)})
}

func (s *Server) firmwareFor(model string) (firmware, bool) {
	for i := len(s.firmware) - 1; i >= 0; i-- {
		if s.firmware[i].model == model {
			return s.firmware[i], true
		}
	}
	return firmware{}, false
}

func (f firmware) bins(s *Server) []object {
	return sim.Each([]string{"user1.bin", "user2.bin"}, func(name string) object {
		return object{"name": name, "downloadUrl": s.URL + "/ota/" + f.version + "/" + name, "digest": f.hash}
	})
}

// queryFirmware is POST /v2/device/ota/query: devices for which there is a version they do not have.
func (s *Server) queryFirmware(who call, f fields) (any, error) {
	items := f.inners("deviceInfoList")
	if len(items) < 1 || len(items) > 30 {
		return nil, badParameter("deviceInfoList has 1 to 30 items")
	}
	list := []object{}
	for _, item := range items {
		if _, err := s.visible(who.user, item.text("deviceid")); err != nil {
			return nil, err
		}
		if offer, ok := s.firmwareFor(item.text("model")); ok && offer.version != item.text("version") {
			list = append(list, object{"deviceid": item.text("deviceid"), "version": offer.version, "binList": offer.bins(s), "type": "", "forceTime": ""})
		}
	}
	return object{"otaInfoList": list}, nil
}

// upgradeAction has a device load new firmware: it goes offline, and comes back with the version in a
// report. A device that the files are not for does not answer.
func (s *Server) upgradeAction(d *device, _ *socket, in *request) object {
	order, _ := decode[struct {
		Model   string `json:"model"`
		Version string `json:"version"`
		Bins    []struct {
			URL  string `json:"downloadUrl"`
			Hash string `json:"digest"`
			Name string `json:"name"`
		} `json:"binList"`
	}](in.Params)
	offer, ok := s.firmwareFor(d.product.model)
	switch {
	case !d.online:
		return object{"error": offline.socketCode()}
	case d.deaf || !ok || order.Model != d.product.model || order.Version != offer.version || len(order.Bins) == 0:
		return object{"error": unanswered.socketCode()}
	}
	for _, bin := range order.Bins {
		if bin.Hash != offer.hash || bin.URL == "" || bin.Name == "" {
			return object{"error": unanswered.socketCode()}
		}
	}
	s.sim.Count("device " + d.id)
	s.later(time.Second, sim.Work, func() { s.setOnline(d, false) })
	s.later(30*time.Second, sim.Work, func() {
		d.version = offer.version
		if d.untold == nil {
			d.untold = object{}
		}
		d.untold["fwVersion"] = offer.version
		s.setOnline(d, true)
	})
	return object{"error": 0, "userAgent": "device"}
}
