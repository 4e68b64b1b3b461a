package lock_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/smartlock-sdk/smartlock/lock"
)

func openJournal(t *testing.T, path string) *lock.Journal {
	t.Helper()
	j, err := lock.OpenJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() }) // a second time is of no consequence
	return j
}

func TestJournalRemembers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j := openJournal(t, path)
	odd := "a \"key\" with\nall 云 \x00 in it"
	for _, err := range []error{
		j.Began("a"), j.Ended("a", lock.ItemDone), j.Began(odd), j.Began("c"), j.Ended("c", lock.ItemFailed), j.Began("d"), j.Ended("d", lock.ItemUntouched), j.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	again := openJournal(t, path)
	for key, want := range map[string]lock.ItemState{
		"a": lock.ItemDone, odd: lock.ItemUnknown, "c": lock.ItemFailed, "d": lock.ItemUntouched, "e": "",
	} {
		if got := again.State(key); got != want {
			t.Errorf("%q: got %q, want %q", key, got, want)
		}
	}
	if err := again.Ended("c", lock.ItemDone); err != nil || again.State("c") != lock.ItemDone {
		t.Errorf("what is written now: got %q and %v, want it known", again.State("c"), err)
	}
	if err := j.Began("x"); err == nil {
		t.Error("writing into a closed journal: got no error")
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v and %v, want it for its owner alone", info.Mode(), err)
	}
}

func TestJournalRefusesOtherFiles(t *testing.T) {
	for name, text := range map[string]string{
		"prose":             "Dear diary,\n",
		"an unknown state":  "cooked \"a\"\n",
		"a key without end": "done \"a\nbegan \"b\"\n",
		"no key":            "done\n",
	} {
		path := filepath.Join(t.TempDir(), "journal")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if j, err := lock.OpenJournal(path); err == nil || j != nil {
			t.Errorf("%s: got a journal, want an error", name)
		}
		if left, err := os.ReadFile(path); err != nil || string(left) != text {
			t.Errorf("%s: got %q and %v left, want the file left alone", name, left, err)
		}
	}
	if _, err := lock.OpenJournal(filepath.Join(t.TempDir(), "no", "such", "directory")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that there is none", err)
	}
}

// Killed at any byte of its journal, a run that is taken up does nothing twice and leaves nothing
// out: what may have been done is said to be unknown, or asked about.
func TestJournalSurvivesAKillAnywhere(t *testing.T) {
	items := []string{"101", "102", "103", "104", "105", "106"}
	same := func(flat string) string { return flat }
	path := filepath.Join(t.TempDir(), "journal")
	whole := openJournal(t, path)
	if _, err := lock.Each(t.Context(), items, func(context.Context, string) (int, error) { return 0, nil },
		lock.WithJournal(lock.BulkOptions[string, int]{Concurrency: 3}, whole, same)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) < 6*len("began \"101\"\ndone \"101\"\n") {
		t.Fatalf("got %q, want a beginning and an end of each", text)
	}
	for cut := range len(text) + 1 {
		for _, asked := range []bool{false, true} {
			path := filepath.Join(t.TempDir(), strconv.Itoa(cut))
			if err := os.WriteFile(path, text[:cut], 0o600); err != nil {
				t.Fatal(err)
			}
			var began, ended []string // by the kill
			for line := range bytes.Lines(text[:cut]) {
				for _, flat := range items {
					switch string(line) {
					case fmt.Sprintf("began %q\n", flat):
						began = append(began, flat)
					case fmt.Sprintf("done %q\n", flat):
						ended = append(ended, flat)
					}
				}
			}
			calls := make(chan string, len(items))
			o := lock.BulkOptions[string, int]{Concurrency: 2}
			if asked {
				o.Done = func(_ context.Context, flat string) (bool, error) {
					if !slices.Contains(began, flat) || slices.Contains(ended, flat) {
						t.Errorf("cut at %d: asked about %s, of which the journal knows", cut, flat)
					}
					return flat != "101", nil // the vendor never heard of 101
				}
			}
			outcomes, _ := lock.Each(t.Context(), items, func(_ context.Context, flat string) (int, error) {
				calls <- flat
				return 0, nil
			}, lock.WithJournal(o, openJournal(t, path), same))
			close(calls)
			called := make(map[string]bool)
			for flat := range calls {
				called[flat] = true
			}
			for _, out := range outcomes {
				want := lock.ItemDone
				switch {
				case slices.Contains(ended, out.Item):
					want = lock.ItemSkipped
				case slices.Contains(began, out.Item) && !asked:
					want = lock.ItemUnknown
				case slices.Contains(began, out.Item) && out.Item != "101":
					want = lock.ItemSkipped
				}
				if out.State != want || called[out.Item] != (want == lock.ItemDone) {
					t.Errorf("cut at %d, asked %t: got %s %s, called %t, want %s", cut, asked, out.Item, out.State, called[out.Item], want)
				}
				if want == lock.ItemUnknown && !errors.Is(out.Err, lock.ErrOutcomeUnknown) {
					t.Errorf("cut at %d: got %v, want ErrOutcomeUnknown", cut, out.Err)
				}
			}
			again, _ := lock.Each(t.Context(), items, func(context.Context, string) (int, error) {
				t.Errorf("cut at %d: the third run does something", cut)
				return 0, nil
			}, lock.WithJournal(lock.BulkOptions[string, int]{}, openJournal(t, path), same))
			if !asked && states(again)[lock.ItemUnknown] != states(outcomes)[lock.ItemUnknown] {
				t.Errorf("cut at %d: got %v after %v, want the unknown to stay so", cut, states(again), states(outcomes))
			}
		}
	}
}

func TestJournalKeepsWhatCouldNotBeAsked(t *testing.T) {
	j := openJournal(t, filepath.Join(t.TempDir(), "journal"))
	if err := j.Began("101"); err != nil { // by a run that was killed
		t.Fatal(err)
	}
	_, err := lock.Each(t.Context(), []string{"101"}, func(context.Context, string) (int, error) {
		t.Error("what may be done was repeated")
		return 0, nil
	}, lock.WithJournal(lock.BulkOptions[string, int]{
		Done: func(context.Context, string) (bool, error) { return false, lock.ErrVendorUnavailable },
	}, j, func(flat string) string { return flat }))
	if !errors.Is(err, lock.ErrVendorUnavailable) || j.State("101") != lock.ItemUnknown {
		t.Errorf("got %v and state %q, want the vendor's absence and the item to stay unknown", err, j.State("101"))
	}
}

// A journal and a caller's own records go together.
func TestJournalKeepsTheCallersHooks(t *testing.T) {
	refused := errors.New("no")
	j := openJournal(t, filepath.Join(t.TempDir(), "journal"))
	var told []string
	o := lock.WithJournal(lock.BulkOptions[string, int]{
		Concurrency: 1,
		Began:       func(flat string) error { told = append(told, "began "+flat); return nil },
		End: func(out lock.Outcome[string, int]) error {
			told = append(told, string(out.State)+" "+out.Item)
			return nil
		},
	}, j, func(flat string) string { return flat })
	_, _ = lock.Each(t.Context(), []string{"101", "102"}, func(_ context.Context, flat string) (int, error) {
		if flat == "102" {
			return 0, refused
		}
		return 0, nil
	}, o)
	if want := []string{"began 101", "done 101", "began 102", "failed 102"}; !slices.Equal(told, want) || j.State("102") != lock.ItemFailed {
		t.Errorf("got %v and %q, want %v", told, j.State("102"), want)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := lock.Each(t.Context(), []string{"103"}, func(context.Context, string) (int, error) {
		t.Error("it was begun without a record")
		return 0, nil
	}, o)
	if !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v, want that the journal is closed", err)
	}
}
