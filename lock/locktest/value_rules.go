package locktest

import "github.com/smartlock-sdk/smartlock/lock"

// valueRules report what was seen in passing, in every rule before them. The first of them to run
// takes a tour of all operations, so that they can be run alone.
func valueRules() []rule {
	report := func(name string, about subject) rule {
		return rule{of: "values", name: name, run: func(t tb, w *world) {
			w.tour(t)
			for _, text := range w.notes.about(about) {
				t.Errorf("%s", text)
			}
		}}
	}
	rules := []rule{
		report("every value holds what the vendor sent", aboutNative),
		report("no value shows a secret", aboutValueSecrets),
		report("no error shows a secret", aboutErrorSecrets),
		report("what is unknown is nil, and times are real", aboutUnknown),
		report("every error says whose it is and what was asked", aboutErrors),
		report("an error is the last pair of a list", aboutLists),
	}
	return append(rules, rule{of: "values", name: "nothing that is logged shows a secret", run: func(t tb, w *world) {
		w.need(t, w.Output != nil, "Output")
		w.tour(t)
		w.readOutput()
		for _, text := range w.notes.about(aboutLogSecrets) {
			t.Errorf("%s", text)
		}
	}})
}

// tour does every operation, with what is there and with what is not. Whether it works is for
// other rules to say.
func (w *world) tour(t tb) {
	t.Helper()
	if !w.notes.firstTour() {
		return
	}
	try := func(w *world, act action, a func(t tb) args) {
		q := attempt(t.Context(), func(t tb) {
			ctx := t.Context()
			if act.op == lock.WatchEvents {
				ctx = canceled(ctx)
			}
			s, err := act.call(ctx, w.p, a(t))
			if err == nil && s.finish != nil {
				_, _ = s.finish(t, w)
			}
		})
		if q.failed || q.skipped {
			t.Logf("%s: %s", act.op, q.said)
		}
	}
	var asked []func() // again at the end, when there is more to see
	for _, act := range actions() {
		w := w.at(act.op)
		if !w.can(act.op) || act.op == lock.DeleteHome || act.op == lock.DeleteRoom {
			continue
		}
		works := func() { try(w, act, func(t tb) args { return w.args(t, act) }) }
		works()
		for _, blank := range blanked(act.uses, w.missing()) {
			try(w, act, func(tb) args { return blank(w.strangers(act.op)) })
		}
		if !mutates(act.op) {
			asked = append(asked, works)
		}
		w.paced()
	}
	for _, ask := range asked {
		ask()
	}
}
