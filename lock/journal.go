package lock

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
)

// Journal is a file in which a run of Each writes what it begins and how that ends, so that a run
// after it goes on where it was ended or killed and does nothing twice. See WithJournal. It is safe
// for concurrent use, in one process.
//
// It is a text with a line for each: "began" or an ItemState, and the item's key in quotes. What
// was written outlives the process, even if that is killed, but the newest lines may not outlive
// a loss of power.
type Journal struct {
	mu     sync.Mutex
	file   *os.File
	states map[string]ItemState
}

// began is what a line says of an item that has begun. As a state it is ItemUnknown.
const began = "began"

// OpenJournal opens a journal and reads what earlier runs wrote, or begins one if there is no such
// file. Close it when done.
func OpenJournal(path string) (*Journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: journal: %w", err)
	}
	j := &Journal{file: file, states: make(map[string]ItemState)}
	if err := j.read(); err != nil {
		return nil, errors.Join(fmt.Errorf("lock: journal %s: %w", path, err), file.Close())
	}
	return j, nil
}

func (j *Journal) read() error {
	in := bufio.NewReader(j.file)
	for n := 1; ; n++ {
		text, err := in.ReadBytes('\n')
		if err == io.EOF {
			return j.mend(text)
		}
		if err != nil {
			return err
		}
		state, key, err := parseLine(bytes.TrimSuffix(text, []byte("\n")))
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		j.states[key] = state
	}
}

// mend cuts off a last line that a kill has cut short: what it was to say had not been begun, or
// counts as under way.
func (j *Journal) mend(rest []byte) error {
	if len(rest) == 0 {
		return nil
	}
	size, err := j.file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	return j.file.Truncate(size - int64(len(rest)))
}

func parseLine(text []byte) (ItemState, string, error) {
	word, quoted, _ := strings.Cut(string(text), " ")
	key, err := strconv.Unquote(quoted)
	if err != nil {
		return "", "", errors.New("this is no line of a journal")
	}
	switch state := ItemState(word); state {
	case began:
		return ItemUnknown, key, nil
	case ItemDone, ItemSkipped, ItemFailed, ItemUnknown, ItemUntouched:
		return state, key, nil
	}
	return "", "", fmt.Errorf("%q is no state of an item", word)
}

// State returns what is written of an item: ItemUnknown if it was begun and its end is not
// written, "" if nothing is.
func (j *Journal) State(key string) ItemState {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.states[key]
}

// Began writes that an item begins.
func (j *Journal) Began(key string) error { return j.write(began, key, ItemUnknown) }

// Ended writes what has become of an item.
func (j *Journal) Ended(key string, state ItemState) error {
	return j.write(string(state), key, state)
}

func (j *Journal) write(word, key string, state ItemState) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := j.file.WriteString(word + " " + strconv.Quote(key) + "\n"); err != nil {
		return fmt.Errorf("lock: journal: %w", err)
	}
	j.states[key] = state
	return nil
}

// Close closes the file.
func (j *Journal) Close() error { return j.file.Close() }

// WithJournal returns o with j as its memory: what j says is done is skipped, what failed or was
// left untouched is done anew, and everything is written down. Of what was under way when an
// earlier run was killed, or ended ItemUnknown, o.Done is asked whether it is done; without an o.Done
// it stays ItemUnknown and is not repeated. key names an item in every run; let it hold no secrets.
func WithJournal[T, R any](o BulkOptions[T, R], j *Journal, key func(T) string) BulkOptions[T, R] {
	ask := o.Done
	o.Done = func(ctx context.Context, item T) (bool, error) {
		switch state := j.State(key(item)); {
		case state == ItemDone || state == ItemSkipped:
			return true, nil
		case state != ItemUnknown:
			return false, nil
		case ask == nil:
			return false, &Error{Kind: ErrOutcomeUnknown, Target: key(item), Message: "an earlier run has begun this and may have done it"}
		}
		return ask(ctx, item)
	}
	begin, end := o.Began, o.End
	o.Began = func(item T) error {
		if err := j.Began(key(item)); err != nil || begin == nil {
			return err
		}
		return begin(item)
	}
	o.End = func(out Outcome[T, R]) error {
		// What was not called keeps what is written of it: an unknown item stays one.
		if out.Calls > 0 || out.State == ItemSkipped {
			if err := j.Ended(key(out.Item), out.State); err != nil {
				return err
			}
		}
		if end == nil {
			return nil
		}
		return end(out)
	}
	return o
}
