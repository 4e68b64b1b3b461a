// Command simulator runs the simulators of the vendors as one program, so that a backend in any
// language can be tried against them:
//
//	go run ./examples/simulator
//
// It prints one line of JSON with every URL, credential and id, and then serves until it is
// interrupted. Each vendor has a port of its own, from -port on: dingding, yeeuu, tuya, aliyunlock,
// ewelink. Beside the vendor's paths each port has control calls under /_sim/, by which time
// passes, tokens end, people come to the door and things go wrong; docs/simulator.md has them all.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "simulator:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("simulator", flag.ContinueOnError)
	flags.SetOutput(stderr)
	host := flags.String("listen", "127.0.0.1", "the `address` to listen on")
	port := flags.Int("port", 18801, "the `port` of the first vendor, the others' follow; 0 = free ones")
	only := flags.String("vendors", strings.Join(names(), ","), "which vendors to simulate, a `list`; each keeps its port")
	seed := flags.Int64("seed", 1, "ids and tokens are the same in every run with the same `number`; 0 = others every time")
	life := flags.Duration("for", 0, "stop after this `time`; 0 = when interrupted")
	starts := make([]start, len(vendors))
	for i, v := range vendors {
		starts[i] = v.flags(flags)
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is no flag", flags.Arg(0))
	}
	wanted, err := chosen(*only)
	if err != nil {
		return err
	}

	line := make(map[string]about)
	for i, v := range vendors {
		if !wanted[v.name] {
			continue
		}
		at := 0
		if *port != 0 {
			at = *port + v.port
		}
		l, err := net.Listen("tcp", net.JoinHostPort(*host, strconv.Itoa(at)))
		if err != nil {
			return err
		}
		running, err := starts[i](l, *seed)
		if err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		defer running.sim.Close()
		running.about.URL = reachable(l.Addr())
		running.about.Control = running.about.URL + prefix
		running.sim.Handle(prefix, newControl(running))
		line[v.name] = running.about
	}
	if err := json.NewEncoder(stdout).Encode(line); err != nil {
		return err
	}

	if *life > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, *life)
		defer cancel()
	}
	<-ctx.Done()
	return nil
}

func names() []string {
	var all []string
	for _, v := range vendors {
		all = append(all, v.name)
	}
	return all
}

// chosen reads a list of vendors.
func chosen(list string) (map[string]bool, error) {
	wanted := make(map[string]bool)
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if !slices.Contains(names(), name) {
			return nil, fmt.Errorf("there is no vendor %q; there are %s", name, strings.Join(names(), ", "))
		}
		wanted[name] = true
	}
	return wanted, nil
}

// reachable is the URL of a listener as seen from this machine: whoever listens on all addresses is
// found on loopback.
func reachable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return "http://" + net.JoinHostPort("127.0.0.1", port)
	}
	return "http://" + addr.String()
}

// about is what the line of JSON says of a vendor.
type about struct {
	URL         string            `json:"url"`            // of the vendor's paths
	URLs        map[string]string `json:"urls,omitempty"` // of other places, by their names
	Control     string            `json:"control"`        // of the control calls
	Credentials map[string]string `json:"credentials"`
	Homes       []home            `json:"homes"`
	Locks       []device          `json:"locks"`
	Meters      []device          `json:"meters"`
	Others      []device          `json:"others"` // gateways, switches, sensors
	People      []person          `json:"people"`
	Keys        []key             `json:"keys"`
}

// empty lists are lists too.
func (a about) MarshalJSON() ([]byte, error) {
	type plain about
	a.Homes, a.Locks, a.Meters = listed(a.Homes), listed(a.Locks), listed(a.Meters)
	a.Others, a.People, a.Keys = listed(a.Others), listed(a.People), listed(a.Keys)
	return json.Marshal(plain(a))
}

func listed[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

type home struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Rooms []room `json:"rooms"`
}

type room struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// device is a lock, a meter or something else. ID is the one that control calls and package lock take; where
// the vendor names the device by several parts, they are in Parts.
type device struct {
	ID    string            `json:"id"`
	Name  string            `json:"name"`
	Kind  string            `json:"kind"`
	Home  string            `json:"home,omitempty"`
	Room  string            `json:"room,omitempty"`
	Note  string            `json:"note,omitempty"`
	Parts map[string]string `json:"parts,omitempty"`
}

// person is somebody the vendor knows; Code opens the door of Device.
type person struct {
	ID     string `json:"id,omitempty"`
	Name   string `json:"name"`
	Phone  string `json:"phone,omitempty"`
	Device string `json:"device,omitempty"`
	Code   string `json:"code,omitempty"`
	Note   string `json:"note,omitempty"`
}

// key is something enrolled in a lock.
type key struct {
	ID     string `json:"id"`
	Device string `json:"device"`
	Holder string `json:"holder,omitempty"`
	Note   string `json:"note,omitempty"`
}
