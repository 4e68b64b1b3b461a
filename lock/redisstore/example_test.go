package redisstore_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/redisstore"
)

// A backend that runs several times gives the same store to all its clients.
func Example() {
	store, err := redisstore.New(redisstore.Options{Address: os.Getenv("REDIS_URL"), Logger: slog.Default()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	sealed, err := lock.Sealed(store, lock.SealKeys{
		Current: "2026-11",
		Keys:    map[string]lock.Secret{"2026-11": lock.NewSecret(os.Getenv("STORE_KEY"))},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	option := lock.WithStore(sealed) // for dingding.New, tuya.New and the others
	_ = option
}

// One replica at a time does something for all.
func Example_lead() {
	store := lock.NewMemoryStore(nil) // in a backend with several replicas the redisstore
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := lock.Lead(ctx, store, "nightly report", lock.LeadOptions{}, func(ctx context.Context, l *lock.Leadership) error {
		_, err := store.AppendEvent(ctx, "nightly report", lock.LogEntry{ID: "2026-11-22"}, lock.AppendOptions{
			Keep: 48 * time.Hour, Fence: l.Fence,
		})
		fmt.Println("written by the leader")
		return err
	})
	fmt.Println(err)
	// Output:
	// written by the leader
	// <nil>
}
