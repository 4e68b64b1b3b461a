package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/smartlock-sdk/smartlock/dingding/dingdingtest"
	"github.com/smartlock-sdk/smartlock/lock"
	"github.com/smartlock-sdk/smartlock/lock/boltstore"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestDemonstration(t *testing.T) {
	const want = `first run: everything is delivered three times
  password.applied     Password_Add_Service
  lock.unlocked        Li Na, by pin

stopped: the door is opened meanwhile, and the vendor finds nobody

second run, on the same file: the vendor tries again after a minute
  lock.unlocked        Li Na, by pin

9 deliveries answered, 3 events in the file, 0 waiting
`
	var out bytes.Buffer
	if err := run(t.Context(), nil, &out, io.Discard, func(string) string { return "" }); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}
}

// A password set at the lock comes with its code; the code stays out of the file.
func TestNoCodeReachesTheFile(t *testing.T) {
	vendor := dingdingtest.NewServer()
	defer vendor.Close()
	door := vendor.AddLock("front door")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	r := receiver{vendor: vendor, url: "http://" + l.Addr().String() + "/", file: filepath.Join(t.TempDir(), "events.db"), out: &out}
	vendor.SetCallbackURL(r.url, r.url)
	if err := r.run(t.Context(), l, func(lock.Provider) error {
		vendor.AddLocalPassword(door, "908172")
		vendor.Settle()
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	store, err := boltstore.Open(r.file, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	entries, err := store.ReadEvents(t.Context(), "dingding", 0, 100)
	if err != nil || len(entries) != 1 {
		t.Fatalf("got %d events and %v, want one", len(entries), err)
	}
	if data := string(entries[0].Data); !strings.Contains(data, string(lock.EventPasswordDiscovered)) || strings.Contains(data, "908172") {
		t.Errorf("got %s, want the event without its code", data)
	}
	if !strings.Contains(out.String(), string(lock.EventPasswordDiscovered)) || strings.Contains(out.String(), "908172") {
		t.Errorf("told %s, want the event without its code", &out)
	}
}

func TestWhoIsBeingServedIsServedToTheEnd(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	arrived, goOn := make(chan struct{}), make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- serve(ctx, l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			close(arrived)
			<-goOn
			_, _ = io.WriteString(w, "done")
		}))
	}()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answered := make(chan string, 1)
	go func() {
		resp, err := client.Get("http://" + l.Addr().String())
		if err != nil {
			answered <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		answered <- fmt.Sprint(string(b), err)
	}()
	<-arrived
	stop()
	close(goOn)
	if got := <-answered; got != "done<nil>" {
		t.Errorf("got %s", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestRealVendor(t *testing.T) {
	env := map[string]string{"DINGDING_CLIENT_ID": "id", "DINGDING_CLIENT_SECRET": "secret"}
	get := func(name string) string { return env[name] }
	if err := run(t.Context(), nil, io.Discard, io.Discard, get); err == nil || !strings.Contains(err.Error(), "DINGDING_CALLBACK_URL") {
		t.Errorf("without the URL: %v", err)
	}
	env["DINGDING_CALLBACK_URL"] = "https://hooks.example.com/5b1f0c9e"
	file := filepath.Join(t.TempDir(), "events.db")
	ctx, stop := context.WithCancel(t.Context())
	said := writerFunc(func(p []byte) (int, error) {
		stop() // it listens: that is enough
		return len(p), nil
	})
	if err := run(ctx, []string{"-listen", "127.0.0.1:0", "-log", file}, said, io.Discard, get); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
