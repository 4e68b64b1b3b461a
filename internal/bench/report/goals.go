package main

import (
	"bytes"
	"fmt"
)

// goal is one figure that has to be at most, or at least, so much.
type goal struct {
	number string
	what   string
	name   string // of the benchmark
	unit   string
	shown  string // the unit as people read it
	limit  float64
	least  bool // limit is the least instead of the most
}

const (
	cpu   = "x-cpu"
	times = "× floor"
)

var goals = []goal{
	{"P1", "call in memory, small", "internal/rest Memory/call=small/impl=ratio", cpu, times, 1.25, false},
	{"P1", "call in memory, page of 50", "internal/rest Memory/call=page/impl=ratio", cpu, times, 0.55, false},
	{"P1", "call in memory, add", "internal/rest Memory/call=add/impl=ratio", cpu, times, 1.6, false},
	{"P2", "loopback, 16 callers, small", "internal/rest Loopback/call=small/callers=16/impl=ratio", cpu, times, 1.15, false},
	{"P2", "loopback, 256 callers, small", "internal/rest Loopback/call=small/callers=256/impl=ratio", cpu, times, 1.15, false},
	{"P2", "loopback, 16 callers, page", "internal/rest Loopback/call=page/callers=16/impl=ratio", cpu, times, 0.75, false},
	{"P2", "loopback, 256 callers, page", "internal/rest Loopback/call=page/callers=256/impl=ratio", cpu, times, 0.75, false},
	{"P4", "signature, Tuya", "tuya Sign/impl=ratio", cpu, times, 1.2, false},
	{"P4", "signature, eWeLink", "ewelink Sign/impl=ratio", cpu, times, 1.2, false},
	{"P4", "signature, Aliyun", "aliyunlock Sign/impl=ratio", cpu, times, 1.2, false},
	{"P4", "signature, Yeeuu", "yeeuu Sign/impl=ratio", cpu, times, 1.2, false},
	{"P4", "signature, Tuya", "tuya Sign/impl=ours", "allocs/op", "allocations", 0, false},
	{"P4", "signature, eWeLink", "ewelink Sign/impl=ours", "allocs/op", "allocations", 0, false},
	{"P4", "signature, Aliyun", "aliyunlock Sign/impl=ours", "allocs/op", "allocations", 0, false},
	{"P4", "signature, Yeeuu", "yeeuu Sign/impl=ours", "allocs/op", "allocations", 0, false},
	{"P5", "webhook, verify", "dingding Webhook/call=verify/impl=ratio", cpu, times, 1.2, false},
	{"P5", "webhook, verify", "dingding Webhook/call=verify/impl=ours", "allocs/op", "allocations", 0, false},
	{"P5", "webhook, verify and decode", "dingding Webhook/call=decode/impl=ratio", cpu, times, 1.3, false},
	{"P6", "new connections a call, 256 callers", "internal/rest Dials", "dials/op", "", 0, false},
	{"P7", "10,000 creates, 50 ms vendor, 64 at a time", "dingding Bulk", "%-of-ideal", "% of ideal", 97, true},
	{"P7", "memory of a waiting item", "dingding Bulk", "B/waiting-item", "B", 4096, false},
	{"P8", "WebSocket event, socket to user code", "internal/ws Event/impl=ratio", cpu, times, 1.3, false},
	{"P8", "an event of 100 sockets, of one processor", "internal/ws Sockets/sockets=100", "cpu-ns/event", "ns", 10_000, false},
	{"P8", "events of 100 sockets that were lost", "internal/ws Sockets/sockets=100", "lost", "", 0, false},
	{"P9", "event to a subscriber of eWeLink's socket", "ewelink Subscribers/impl=ours", "cpu-ns/op", "ns", 100, false},
	{"P9", "event to a subscriber of eWeLink's socket", "ewelink Subscribers/impl=ours", "allocs/op", "allocations", 0, false},
	{"P9", "event through a fleet", "lock Subscribers/impl=fleet", "ns/op", "ns", 100, false},
	{"P9", "event through a Follower", "lock Subscribers/impl=follow", "ns/op", "ns", 100, false},
	{"P10", "limiter, admitted", "internal/limit Decision/case=admitted/keys=1", "cpu-ns/op", "ns", 1000, false},
	{"P10", "limiter, admitted, a million keys", "internal/limit Decision/case=admitted/keys=1000000", "cpu-ns/op", "ns", 1000, false},
	{"P10", "limiter, refused, a million keys", "internal/limit Decision/case=refused/keys=1000000", "cpu-ns/op", "ns", 1000, false},
	{"P10", "a million idle locks", "internal/limit IdleKeys/used=5", "MiB/million-keys", "MiB", 200, false},
	{"P11", "Passwords().Create on AddPassword", "dingding Portable/impl=ratio", cpu, "× AddPassword", 1.1, false},
	{"P12", "p99, loopback, 256 callers", "internal/rest Tail", "x-p99", times, 1.3, false},
	{"P13", "cold start over TLS, 256 calls: dials", "internal/rest ColdStart", "dials", "", 64, false},
	{"P13", "cold start over TLS, 256 calls: logins", "internal/rest ColdStart", "logins", "", 1, false},
	{"P13", "cold start over TLS, 256 calls: failures", "internal/rest ColdStart", "failures", "", 0, false},
}

func writeGoals(out *bytes.Buffer, f figures) {
	fmt.Fprintf(out, "| | path | goal | figure | passes | |\n|---|---|---|---|---|---|\n")
	for _, g := range goals {
		v, ok := f.median(g.name, g.unit)
		row(out, g, v, ok, f.spread(g.name, g.unit))
		if g.number == "P11" {
			portable, ok := f.median("dingding Portable/impl=ours", "allocs/op")
			native, _ := f.median("dingding Portable/impl=floor", "allocs/op")
			g.limit, g.shown = 10, "allocations more"
			row(out, g, portable-native, ok, "")
		}
	}
}

func row(out *bytes.Buffer, g goal, v float64, ok bool, spread string) {
	sign, verdict := "≤", "missed"
	if g.least {
		sign = "≥"
	}
	if g.limit == 0 {
		sign = "="
	}
	switch {
	case !ok:
		fmt.Fprintf(out, "| %s | %s | %s %s %s | – | | not measured |\n", g.number, g.what, sign, short(g.limit), g.shown)
		return
	case g.least && v >= g.limit, !g.least && v <= g.limit:
		verdict = "met"
	}
	fmt.Fprintf(out, "| %s | %s | %s %s %s | %s | %s | %s |\n", g.number, g.what, sign, short(g.limit), g.shown, short(v), spread, verdict)
}
