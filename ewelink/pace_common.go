package ewelink

import (
	"context"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/limit"
	"github.com/smartlock-sdk/smartlock/lock"
)

// common is the pace that the replicas of an account keep together.
type common struct {
	account string
	store   *fuse
	total   *limit.Limiter // nil = as many as you like
}

func newCommon(cfg *lock.Config, account string) *common {
	return &common{account: account, store: &fuse{Store: cfg.Store, cfg: cfg}}
}

// gap takes the right to make a call of an endpoint now, and nobody else gets it for so long. If
// somebody has it, it says how long to wait. The right counts from its beginning, so there is nothing to
// give back. Without the store everybody has it.
func (c *common) gap(ctx context.Context, endpoint string, gap time.Duration) (wait time.Duration, err error) {
	g, err := c.store.TakeSlot(ctx, c.account, "gap "+endpoint, []lock.LimitRule{{Count: 1, Window: gap}}, 0)
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case err != nil, g.Slot.ID != "":
		return 0, nil
	}
	return g.Wait, nil
}

// fuse is a store that is left alone for a while when it could not be reached: its time-out would be
// added to every call.
type fuse struct {
	lock.Store
	cfg *lock.Config

	mu    sync.Mutex
	until time.Time
	why   error
}

// fuseTime is how long a store is left alone.
const fuseTime = 5 * time.Second

// TakeSlot implements lock.LimitStore.
func (f *fuse) TakeSlot(ctx context.Context, account, key string, rules []lock.LimitRule, hold time.Duration) (lock.SlotGrant, error) {
	if err := f.blown(); err != nil {
		return lock.SlotGrant{}, err
	}
	g, err := f.Store.TakeSlot(ctx, account, key, rules, hold)
	f.heed(ctx, err)
	return g, err
}

// CloseSlot implements lock.LimitStore.
func (f *fuse) CloseSlot(ctx context.Context, account, key string, s lock.Slot, made bool) error {
	if err := f.blown(); err != nil {
		return err
	}
	err := f.Store.CloseSlot(ctx, account, key, s, made)
	f.heed(ctx, err)
	return err
}

func (f *fuse) blown() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cfg.Clock.Now().Before(f.until) {
		return f.why
	}
	return nil
}

// heed blows the fuse if the store could not be reached. That the caller has gone proves nothing.
func (f *fuse) heed(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.until, f.why = f.cfg.Clock.Now().Add(fuseTime), err
	f.cfg.Logger.Warn("the pace is not kept together with the other replicas", "vendor", string(Vendor), "account", f.cfg.Account, "err", err)
}
