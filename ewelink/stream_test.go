package ewelink

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

var aTime = time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)

// fill puts n notices into an inbox, a second apart, numbered from 0.
func fill(b *inbox, n int) {
	for i := range n {
		b.put(&OtherNotice{DeviceID: fmt.Sprint(i)}, 100, aTime.Add(time.Duration(i)*time.Second))
	}
}

// drain empties an inbox: numbers, and "gap(n)".
func drain(t *testing.T, b *inbox) []string {
	t.Helper()
	var got []string
	b.finish(context.Canceled)
	for {
		n, err := b.next(context.Background())
		if err != nil {
			return got
		}
		switch n := n.(type) {
		case *GapNotice:
			got = append(got, fmt.Sprintf("gap(%d)", n.Dropped))
		case *OtherNotice:
			got = append(got, n.DeviceID)
		}
	}
}

func TestASlowReaderMissesWhatThePolicySays(t *testing.T) {
	cases := []struct {
		name   string
		o      SocketOptions
		put    int
		want   string
		losses int
	}{
		{"nothing while there is room", SocketOptions{Buffer: 4}, 4, "[0 1 2 3]", 0},
		{"the oldest", SocketOptions{Buffer: 4}, 5, "[gap(2) 2 3 4]", 2}, // the gap needs a place as well
		{"many of the oldest", SocketOptions{Buffer: 4}, 100, "[gap(97) 97 98 99]", 97},
		{"the oldest, in the least room", SocketOptions{Buffer: 1}, 5, "[gap(4) 4]", 4},
		{"the newest", SocketOptions{Buffer: 4, Drop: DropNewest}, 5, "[0 1 2 3 gap(1)]", 1},
		{"many of the newest", SocketOptions{Buffer: 4, Drop: DropNewest}, 100, "[0 1 2 3 gap(96)]", 96},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newInbox(c.o)
			fill(b, c.put)
			if got := fmt.Sprint(drain(t, b)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if got := b.droppedSoFar(); got != c.losses {
				t.Errorf("dropped: got %d, want %d", got, c.losses)
			}
		})
	}
}

func TestAGapHoldsEverythingThatWasDropped(t *testing.T) {
	for policy, lost := range map[DropPolicy][2]int{DropOldest: {0, 96}, DropNewest: {4, 99}} {
		t.Run(policy.String(), func(t *testing.T) {
			b := newInbox(SocketOptions{Buffer: 4, Drop: policy})
			fill(b, 100)
			for _, h := range b.held {
				gap, ok := h.n.(*GapNotice)
				if !ok {
					continue
				}
				first, last := aTime.Add(time.Duration(lost[0])*time.Second), aTime.Add(time.Duration(lost[1])*time.Second)
				if gap.From.After(first) || !gap.Until.After(last) {
					t.Errorf("got %s to %s, want %s and %s inside", gap.From, gap.Until, first, last)
				}
				return
			}
			t.Error("there is no gap")
		})
	}
}

func TestABreakThatIsDroppedIsNotForgotten(t *testing.T) {
	for _, policy := range []DropPolicy{DropOldest, DropNewest} {
		b := newInbox(SocketOptions{Buffer: 2, Drop: policy})
		if policy == DropNewest {
			fill(b, 2)
		}
		broke, back := aTime.Add(-time.Hour), aTime.Add(time.Hour)
		b.put(&GapNotice{From: broke, Until: back}, 0, aTime)
		fill(b, 10)
		for _, h := range b.held {
			if gap, ok := h.n.(*GapNotice); ok && !gap.From.After(broke) && !gap.Until.Before(back) {
				return
			}
		}
		t.Errorf("%s: no gap holds the break", policy)
	}
}

func TestRoomIsBoundedInBytesAsWell(t *testing.T) {
	for _, policy := range []DropPolicy{DropOldest, DropNewest} {
		b := newInbox(SocketOptions{Buffer: 1 << 30, Drop: policy})
		for range 100 {
			b.put(&OtherNotice{}, 1<<20, aTime)
		}
		held := 0
		for _, h := range b.held {
			held += h.size
		}
		if held > maxHeld || held != b.bytes || held < maxHeld*3/4 {
			t.Errorf("%s: got %d bytes, counted as %d, want nearly %d", policy, held, b.bytes, maxHeld)
		}
	}
}

// However reading and writing take turns, notices come in order, and once they are read nothing holds
// them any more.
func TestPlacesAreUsedAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := SocketOptions{Buffer: rapid.IntRange(2, 40).Draw(t, "buffer"), Drop: rapid.SampledFrom([]DropPolicy{DropOldest, DropNewest}).Draw(t, "policy")}
		b := newInbox(o)
		var put, read, lost int
		next := 0 // the least number that may come
		for range rapid.IntRange(1, 30).Draw(t, "turns") {
			for range rapid.IntRange(0, 60).Draw(t, "put") {
				b.put(&UpdateNotice{Sequence: strconv.Itoa(put)}, 1, aTime)
				put++
			}
			for range rapid.IntRange(0, 60).Draw(t, "read") {
				n, ok, err := b.take()
				if err != nil {
					t.Fatal(err)
				}
				if !ok {
					break
				}
				switch n := n.(type) {
				case *UpdateNotice:
					i, err := strconv.Atoi(n.Sequence)
					if err != nil || i < next {
						t.Fatalf("got number %s, want %d at least", n.Sequence, next)
					}
					next = i + 1
					read++
				case *GapNotice:
					lost += n.Dropped
				}
			}
			held := 0
			for _, h := range b.held {
				if gap, ok := h.n.(*GapNotice); ok {
					held += gap.Dropped
				} else {
					held++
				}
			}
			if read+lost+held != put {
				t.Fatalf("%d were put, and %d read, %d lost and %d held", put, read, lost, held)
			}
			full := 0
			for _, h := range b.room {
				if h.n != nil {
					full++
				}
			}
			if full != len(b.held) || len(b.room) > 4*max(8, o.Buffer) {
				t.Fatalf("%d of %d places are full, want the %d that can be read", full, len(b.room), len(b.held))
			}
		}
	})
}

func TestRoomOfAFloodIsGivenBack(t *testing.T) {
	b := newInbox(SocketOptions{Buffer: 10 * maxSpare})
	fill(b, 5*maxSpare)
	drain(t, b)
	if len(b.room) > maxSpare {
		t.Errorf("it keeps %d places, want %d at most", len(b.room), maxSpare)
	}
}

// A minute of ten thousand notices a second, for somebody who reads none of them.
func TestAFloodFitsInMemory(t *testing.T) {
	b := newInbox(SocketOptions{})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	raw := []byte(`{"action":"update","deviceid":"1000000001","apikey":"me","userAgent":"device","params":{"switch":"on"}}`)
	for i := range 600_000 {
		n := newNotice(frame{Action: ActionUpdate, DeviceID: "1000000001", Params: []byte(`{"switch":"on"}`)}, append([]byte(nil), raw...), aTime)
		b.put(n, len(raw), aTime.Add(time.Duration(i)*100*time.Microsecond))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 64<<20 {
		t.Errorf("it holds %d MiB, want 64 at most", grown>>20)
	}
	if b.droppedSoFar() != 600_000-defaultBuffer+1 {
		t.Errorf("dropped: got %d, want all but %d", b.droppedSoFar(), defaultBuffer-1)
	}
}

func TestReadersWaitForWhatComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newInbox(SocketOptions{})
		got := make(chan Notice)
		for range 3 { // share what there is
			go func() {
				for {
					n, err := b.next(t.Context())
					if err != nil {
						got <- nil
						return
					}
					got <- n
				}
			}()
		}
		synctest.Wait()
		fill(b, 10)
		seen := map[string]bool{}
		for range 10 {
			seen[(<-got).(*OtherNotice).DeviceID] = true
		}
		if len(seen) != 10 {
			t.Errorf("got %d notices, want 10", len(seen))
		}
		b.finish(errLeft)
		for range 3 {
			if n := <-got; n != nil {
				t.Errorf("got %v from an inbox that was left", n)
			}
		}
		b.put(&OtherNotice{}, 1, aTime)
		if len(b.held) != 0 {
			t.Error("an inbox that was left takes notices")
		}
	})
}

func FuzzSocketFrames(f *testing.F) {
	for _, text := range []string{
		`pong`, `{}`, `{"error":0,"sequence":"1"}`, `{"action":"update","deviceid":"d","params":{"switch":"on"}}`,
		`{"action":"sysmsg","params":{"online":1}}`, `{"action":"notify","params":{"msgType":"shareNotify_v2"}}`,
		`{"action":"update","params":[]}`, `{"error":"504","config":"text"}`, `[]`, `null`, "\xff",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		h := newHub(New("app", "secret"))
		b := newInbox(SocketOptions{})
		h.inboxes[b] = struct{}{}
		l := newLink(nil, "me")
		answer, err := l.await("1")
		if err != nil {
			t.Fatal(err)
		}
		h.receive(l, text)
		select {
		case f := <-answer:
			if f.Sequence != "1" || f.Action != "" {
				t.Errorf("%q was taken for an answer", text)
			}
			_, _ = h.answered(t.Context(), "", f, "")
		default:
		}
		if len(b.held) > 1 {
			t.Errorf("%q made %d notices", text, len(b.held))
		}
	})
}
