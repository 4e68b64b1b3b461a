package lock

import "errors"

// Validate reports a new password that contradicts itself, as a *PINError: a timed one without an
// end, a permanent one with an end, a recurring one without a schedule. PasswordPolicy.Validate
// asks it too.
func (s PasswordSpec) Validate() error {
	switch s.Kind {
	case "", PasswordTimed:
		if s.Window.Forever() {
			return &PINError{RuleEnd, "a timed password needs Window.Until; one without an end is a PasswordPermanent"}
		}
	case PasswordPermanent, PasswordAdmin:
		if !s.Window.Forever() {
			return &PINError{RuleEnd, "a permanent password has no end; leave Window.Until zero"}
		}
	case PasswordRecurring:
		if s.Schedule == nil {
			return &PINError{RuleSchedule, "a recurring password needs a Schedule"}
		}
	}
	if s.Schedule != nil {
		if s.Kind != PasswordRecurring {
			return &PINError{RuleSchedule, "a Schedule needs a PasswordRecurring"}
		}
		if err := s.Schedule.Validate(); err != nil {
			return &PINError{RuleSchedule, err.Error()}
		}
	}
	if err := s.Window.Validate(); err != nil {
		return &PINError{RuleEnd, err.Error()}
	}
	return nil
}

// Validate reports an update that contradicts itself, as a *PINError: a window without an end
// that is not said to be Permanent, or the reverse.
func (u PasswordUpdate) Validate() error {
	if u.Window != nil {
		if u.Window.Forever() && !u.Permanent {
			return &PINError{RuleEnd, "a window without an end needs Permanent"}
		}
		if !u.Window.Forever() && u.Permanent {
			return &PINError{RuleEnd, "Permanent contradicts Window.Until"}
		}
		if err := u.Window.Validate(); err != nil {
			return &PINError{RuleEnd, err.Error()}
		}
	}
	if u.Schedule != nil {
		if err := u.Schedule.Validate(); err != nil {
			return &PINError{RuleSchedule, err.Error()}
		}
	}
	return nil
}

// Validate reports a grant that lacks its holder or contradicts itself: a window without an end
// that is not said to be Permanent, or the reverse.
func (g Grant) Validate() error {
	switch {
	case g.Holder.IsZero():
		return errors.New("a grant needs its Holder")
	case g.Window.Forever() && !g.Permanent:
		return errors.New("a grant without Window.Until needs Permanent")
	case !g.Window.Forever() && g.Permanent:
		return errors.New("a permanent grant has no end; leave Window.Until zero")
	}
	if g.Schedule != nil {
		if err := g.Schedule.Validate(); err != nil {
			return err
		}
	}
	return g.Window.Validate()
}

// Validate reports a top-up without an order number, or that does not say one positive Amount or
// Fee.
func (t TopUp) Validate() error {
	switch {
	case t.Order == "":
		return errors.New("a top-up needs an Order number of the caller's own")
	case t.Amount.IsZero() == t.Fee.IsZero():
		return errors.New("a top-up needs an Amount or a Fee, not both")
	case t.Amount.IsNegative() || t.Fee.IsNegative():
		return errors.New("a top-up cannot be negative")
	}
	return nil
}
