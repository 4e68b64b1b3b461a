package storetest

import (
	"bytes"

	"github.com/smartlock-sdk/smartlock/lock"
)

// The account of the cases.
const account = "vendor/account"

func (w *world) claim(s lock.Store, c lock.TokenClaim) lock.TokenGrant {
	w.Helper()
	g, err := s.ClaimToken(w.ctx, account, c)
	w.must(err)
	return g
}

// mustClaim claims what is free, and returns the claim.
func (w *world) mustClaim(s lock.Store, c lock.TokenClaim) string {
	w.Helper()
	g := w.claim(s, c)
	if g.Claim == "" || g.Good {
		w.Fatalf("got %+v, want the claim", g)
	}
	return g.Claim
}

func (w *world) save(s lock.Store, claim, id string, keep float64) {
	w.Helper()
	w.must(s.SaveToken(w.ctx, account, claim, lock.StoredToken{ID: id, Value: []byte("value of " + id), Keep: w.units(keep)}))
}

// saved begins with a token.
func (w *world) saved(id string, keep float64) {
	w.Helper()
	w.save(w.Store, w.mustClaim(w.Store, lock.TokenClaim{Hold: w.units(5)}), id, keep)
}

// good wants a token.
func (w *world) good(s lock.Store, c lock.TokenClaim, id string) {
	w.Helper()
	if g := w.claim(s, c); !g.Good || g.Token.ID != id || string(g.Token.Value) != "value of "+id || g.Claim != "" {
		w.Fatalf("got %+v, want the token %s", g, id)
	}
}

// busy wants to be told to wait for another replica.
func (w *world) busy(s lock.Store, c lock.TokenClaim) lock.TokenGrant {
	w.Helper()
	g := w.claim(s, c)
	if g.Good || g.Claim != "" || g.Wait <= 0 || g.Paused != nil {
		w.Fatalf("got %+v, want to wait for the replica that has the claim", g)
	}
	return g
}

// paused wants to be told of a pause.
func (w *world) paused(s lock.Store, c lock.TokenClaim, reason string) lock.TokenGrant {
	w.Helper()
	g := w.claim(s, c)
	if g.Good || g.Claim != "" || g.Wait <= 0 || string(g.Paused) != reason || g.Paused == nil {
		w.Fatalf("got %+v, want a pause because of %q", g, reason)
	}
	return g
}

var tokenCases = []testCase{
	{"an account without a token is claimed by one", func(w *world) {
		var claimed, waiting count
		w.together(50, func(_ int, s lock.Store) {
			g, err := s.ClaimToken(w.ctx, account, lock.TokenClaim{Hold: w.units(30)})
			switch {
			case err != nil:
				w.T.Errorf("got %v, want no error", err)
			case g.Claim != "":
				claimed.add()
			case g.Wait > 0 && g.Paused == nil && !g.Good:
				waiting.add()
			}
		})
		if claimed.n != 1 || waiting.n != 49 {
			w.Errorf("got %d claims and %d that wait, want 1 and 49", claimed.n, waiting.n)
		}
	}},
	{"a saved token is given to everybody", func(w *world) {
		w.saved("t1", 30)
		w.good(w.Store, lock.TokenClaim{Hold: w.units(5)}, "t1")
		w.good(w.Replica, lock.TokenClaim{Hold: w.units(5)}, "t1")
	}},
	{"a saved token ends the claim", func(w *world) {
		w.saved("t1", 30)
		w.mustClaim(w.Replica, lock.TokenClaim{Rejected: "t1", Hold: w.units(5)})
	}},
	{"a rejected token is claimed anew by one", func(w *world) {
		w.saved("t1", 30)
		var claimed count
		w.together(50, func(_ int, s lock.Store) {
			if g, err := s.ClaimToken(w.ctx, account, lock.TokenClaim{Rejected: "t1", Refused: true, Hold: w.units(30)}); err == nil && g.Claim != "" {
				claimed.add()
			}
		})
		if claimed.n != 1 {
			w.Errorf("got %d claims, want 1", claimed.n)
		}
	}},
	{"a late rejection of an old token is answered with the new one", func(w *world) {
		w.saved("t1", 30)
		w.save(w.Store, w.mustClaim(w.Store, lock.TokenClaim{Rejected: "t1", Refused: true, Hold: w.units(5)}), "t2", 30)
		for range 3 {
			w.good(w.Replica, lock.TokenClaim{Rejected: "t1", Refused: true, Hold: w.units(5)}, "t2")
		}
	}},
	{"a refused token is given to nobody any more", func(w *world) {
		w.saved("t1", 30)
		w.mustClaim(w.Store, lock.TokenClaim{Rejected: "t1", Refused: true, Hold: w.units(5)})
		if g := w.busy(w.Replica, lock.TokenClaim{Hold: w.units(5)}); !g.Refused || g.Token.ID != "t1" {
			w.Errorf("got %+v, want the token that was refused", g)
		}
	}},
	{"a refused token stays refused after the claim was dropped", func(w *world) {
		w.saved("t1", 30)
		claim := w.mustClaim(w.Store, lock.TokenClaim{Rejected: "t1", Refused: true, Hold: w.units(5)})
		w.must(w.Store.DropClaim(w.ctx, account, claim, lock.ClaimFailure{}))
		if g := w.claim(w.Replica, lock.TokenClaim{Hold: w.units(5)}); g.Claim == "" || !g.Refused {
			w.Errorf("got %+v, want the claim", g)
		}
	}},
	{"a token that is renewed early is still given to those who do not reject it", func(w *world) {
		w.saved("t1", 30)
		w.mustClaim(w.Store, lock.TokenClaim{Rejected: "t1", Hold: w.units(5)})
		w.good(w.Replica, lock.TokenClaim{Hold: w.units(5)}, "t1")
		w.busy(w.Replica, lock.TokenClaim{Rejected: "t1", Hold: w.units(5)})
	}},
	{"whoever gets the claim is shown the token before", func(w *world) {
		w.saved("t1", 30)
		g := w.claim(w.Replica, lock.TokenClaim{Rejected: "t1", Hold: w.units(5)})
		if g.Token.ID != "t1" || string(g.Token.Value) != "value of t1" || !w.about(g.Token.Keep, 30) {
			w.Errorf("got %+v, want the token that is rejected, and how long it is kept", g.Token)
		}
	}},
	{"a claim that nobody ends is free after its hold", func(w *world) {
		w.mustClaim(w.Store, lock.TokenClaim{Hold: w.units(4)})
		if g := w.busy(w.Replica, lock.TokenClaim{Hold: w.units(5)}); !w.about(g.Wait, 4) {
			w.Errorf("got a wait of %v, want %v", g.Wait, w.units(4))
		}
		w.pass(3)
		w.busy(w.Replica, lock.TokenClaim{Hold: w.units(5)})
		w.pass(1.5)
		w.mustClaim(w.Replica, lock.TokenClaim{Hold: w.units(5)})
	}},
	{"a late save is taken if nobody has claimed since", func(w *world) {
		claim := w.mustClaim(w.Store, lock.TokenClaim{Hold: w.units(2)})
		w.pass(1)
		w.save(w.Store, claim, "t1", 30)
		w.good(w.Replica, lock.TokenClaim{}, "t1")
	}},
	{"a late save is refused if somebody has claimed since", func(w *world) {
		late := w.mustClaim(w.Store, lock.TokenClaim{Hold: w.units(2)})
		w.pass(2.5)
		claim := w.mustClaim(w.Replica, lock.TokenClaim{Hold: w.units(5)})
		w.superseded(w.Store.SaveToken(w.ctx, account, late, lock.StoredToken{ID: "t1", Keep: w.units(30)}))
		w.superseded(w.Store.DropClaim(w.ctx, account, late, lock.ClaimFailure{Pause: w.units(30)}))
		w.busy(w.Store, lock.TokenClaim{Hold: w.units(5)})
		w.save(w.Replica, claim, "t2", 30)
		w.superseded(w.Store.SaveToken(w.ctx, account, late, lock.StoredToken{ID: "t1", Keep: w.units(30)}))
		w.good(w.Store, lock.TokenClaim{}, "t2")
	}},
	{"a claim that was never given saves nothing", func(w *world) {
		w.superseded(w.Store.SaveToken(w.ctx, account, "made up", lock.StoredToken{ID: "t1", Keep: w.units(30)}))
		w.superseded(w.Store.DropClaim(w.ctx, account, "made up", lock.ClaimFailure{}))
		w.mustClaim(w.Store, lock.TokenClaim{Hold: w.units(5)})
	}},
	{"saving twice is saving once", func(w *world) {
		claim := w.mustClaim(w.Store, lock.TokenClaim{Hold: w.units(5)})
		w.save(w.Store, claim, "t1", 30)
		w.save(w.Store, claim, "t1", 30)
		w.good(w.Replica, lock.TokenClaim{}, "t1")
	}},
	{"a token is kept as long as was said", func(w *world) {
		w.saved("t1", 3)
		w.pass(2)
		w.good(w.Store, lock.TokenClaim{}, "t1")
		w.pass(1.5)
		if g := w.claim(w.Store, lock.TokenClaim{Hold: w.units(5)}); g.Claim == "" || g.Token.ID != "" || g.Token.Value != nil {
			w.Errorf("got %+v, want the claim and no token", g)
		}
	}},
	{"looking claims nothing", func(w *world) {
		if g := w.claim(w.Store, lock.TokenClaim{}); g.Claim != "" || g.Good || g.Wait != 0 {
			w.Errorf("got %+v, want nothing", g)
		}
		w.mustClaim(w.Replica, lock.TokenClaim{Hold: w.units(5)})
	}},
	{"a dropped claim is free at once", func(w *world) {
		claim := w.mustClaim(w.Store, lock.TokenClaim{Hold: w.units(30)})
		w.must(w.Store.DropClaim(w.ctx, account, claim, lock.ClaimFailure{}))
		w.pass(0.5)
		w.must(w.Store.DropClaim(w.ctx, account, claim, lock.ClaimFailure{})) // said twice: the first answer was lost
		w.mustClaim(w.Replica, lock.TokenClaim{Hold: w.units(5)})
	}},
	{"a pause holds for its time, and says why", func(w *world) {
		claim := w.mustClaim(w.Store, lock.TokenClaim{Hold: w.units(30), Credentials: "c"})
		w.must(w.Store.DropClaim(w.ctx, account, claim, lock.ClaimFailure{Pause: w.units(4), Reason: []byte("wrong secret"), Credentials: "c"}))
		if g := w.paused(w.Replica, lock.TokenClaim{Hold: w.units(5), Credentials: "c"}, "wrong secret"); !w.about(g.Wait, 4) {
			w.Errorf("got a wait of %v, want %v", g.Wait, w.units(4))
		}
		w.pass(3)
		w.paused(w.Store, lock.TokenClaim{Hold: w.units(5), Credentials: "c"}, "wrong secret")
		w.pass(1.5)
		w.mustClaim(w.Store, lock.TokenClaim{Hold: w.units(5), Credentials: "c"})
	}},
	{"a pause holds for the credentials that caused it", func(w *world) {
		claim := w.mustClaim(w.Store, lock.TokenClaim{Hold: w.units(30), Credentials: "old"})
		w.must(w.Store.DropClaim(w.ctx, account, claim, lock.ClaimFailure{Pause: w.units(30), Strike: true, Credentials: "old"}))
		w.paused(w.Store, lock.TokenClaim{Hold: w.units(5), Credentials: "old"}, "")
		g := w.claim(w.Store, lock.TokenClaim{Hold: w.units(5), Credentials: "new"})
		if g.Claim == "" || g.Strikes != 0 {
			w.Errorf("got %+v, want the claim, without strikes", g)
		}
	}},
	{"strikes add up until a token is saved", func(w *world) {
		for n := range 3 {
			g := w.claim(w.Store, lock.TokenClaim{Hold: w.units(30), Credentials: "c"})
			if g.Strikes != n {
				w.Errorf("got %d strikes, want %d", g.Strikes, n)
			}
			w.must(w.Store.DropClaim(w.ctx, account, g.Claim, lock.ClaimFailure{Strike: true, Credentials: "c"}))
		}
		claim := w.mustClaim(w.Store, lock.TokenClaim{Hold: w.units(30), Credentials: "c"})
		w.must(w.Store.DropClaim(w.ctx, account, claim, lock.ClaimFailure{Credentials: "c"}))
		g := w.claim(w.Replica, lock.TokenClaim{Hold: w.units(30), Credentials: "c"})
		if g.Strikes != 3 {
			w.Errorf("got %d strikes after another failure, want 3", g.Strikes)
		}
		w.save(w.Replica, g.Claim, "t1", 30)
		if g := w.claim(w.Store, lock.TokenClaim{Rejected: "t1", Hold: w.units(30), Credentials: "c"}); g.Strikes != 0 {
			w.Errorf("got %d strikes after a token, want none", g.Strikes)
		}
	}},
	{"values are any bytes", func(w *world) {
		value := []byte("\x00\xff\r\n{}锁")
		claim := w.mustClaim(w.Store, lock.TokenClaim{Hold: w.units(5)})
		w.must(w.Store.SaveToken(w.ctx, account, claim, lock.StoredToken{ID: "t", Value: value, Keep: w.units(9)}))
		if g := w.claim(w.Replica, lock.TokenClaim{}); !bytes.Equal(g.Token.Value, value) {
			w.Errorf("got %q, want %q", g.Token.Value, value)
		}
	}},
	{"accounts keep apart", func(w *world) {
		w.saved("t1", 30)
		g, err := w.Store.ClaimToken(w.ctx, "another", lock.TokenClaim{Hold: w.units(5)})
		if w.must(err); g.Claim == "" || g.Good {
			w.Errorf("got %+v, want the claim of the other account", g)
		}
	}},
}
