package main

import (
	"bytes"
	"fmt"
	"strings"
)

// writePeers is P3: what everybody costs over a floor of their own, and P5's other half.
func writePeers(out *bytes.Buffer, f figures) {
	fmt.Fprintf(out, "\nP3, each over its own floor, by the processor:\n\n| | ours | go-github | stripe-go | Alibaba Cloud SDK | |\n|---|---|---|---|---|---|\n")
	for _, r := range []struct{ what, ours, peers, call string }{
		{"memory, small", "internal/rest Memory/call=small/impl=ratio", "PeersMemory", "small"},
		{"memory, page", "internal/rest Memory/call=page/impl=ratio", "PeersMemory", "page"},
		{"loopback, 16 callers, small", "internal/rest Loopback/call=small/callers=16/impl=ratio", "PeersLoopback", "small"},
		{"loopback, 16 callers, page", "internal/rest Loopback/call=page/callers=16/impl=ratio", "PeersLoopback", "page"},
	} {
		ours, ok := f.median(r.ours, cpu)
		verdict := "met"
		cells := []string{r.what, figure(ours, ok)}
		for _, peer := range []string{"github", "stripe", "alibaba"} {
			theirs, measured := f.median(fmt.Sprintf("internal/bench %s/peer=%s/call=%s/impl=ratio", r.peers, peer, r.call), cpu)
			if measured && (!ok || ours >= theirs) {
				verdict = "missed"
			}
			cells = append(cells, figure(theirs, measured))
		}
		fmt.Fprintf(out, "| %s | %s |\n", strings.Join(cells, " | "), verdict)
	}
	ours, ok := f.median("dingding Webhook/call=decode/impl=ours", "cpu-ns/op")
	github, _ := f.median("internal/bench PeersWebhook/peer=github/call=decode", "cpu-ns/op")
	stripe, _ := f.median("internal/bench PeersWebhook/peer=stripe/call=decode", "cpu-ns/op")
	verdict := "missed"
	if ok && ours < github && ours < stripe {
		verdict = "met"
	}
	fmt.Fprintf(out, "| webhook, verify and decode, ns (P5) | %s | %s | %s | – | %s |\n", short(ours), short(github), short(stripe), verdict)
}

func figure(v float64, ok bool) string {
	if !ok {
		return "–"
	}
	return short(v) + "×"
}

// writeGrowth is what one more costs, the more there are.
func writeGrowth(out *bytes.Buffer, f figures) {
	fmt.Fprintf(out, "\nHow cost grows, for each item:\n\n| | 10 | 100 | 1,000 | 10,000 |\n|---|---|---|---|---|\n")
	for _, r := range []struct{ what, name string }{
		{"homes in a paged list", "list-homes"}, {"locks in a list", "list-locks"},
		{"create on each lock, by Each", "create"}, {"a round of watching by polling", "watch"},
	} {
		cells := []string{r.what}
		for _, n := range []int{10, 100, 1_000, 10_000} {
			name := fmt.Sprintf("dingding Growth/%s=%d", r.name, n)
			ns, ok := f.median(name, "ns/item")
			bytes, _ := f.median(name, "B/item")
			if !ok {
				cells = append(cells, "")
				continue
			}
			cells = append(cells, fmt.Sprintf("%s µs, %s KiB", short(ns/1000), short(bytes/1024)))
		}
		fmt.Fprintf(out, "| %s |\n", strings.Join(cells, " | "))
	}
	fmt.Fprintf(out, "\n| | 1 | 10 | 100 |\n|---|---|---|---|\n| sockets: processor time of an event, memory of a socket |")
	for _, n := range []int{1, 10, 100} {
		name := fmt.Sprintf("internal/ws Sockets/sockets=%d", n)
		ns, _ := f.median(name, "cpu-ns/event")
		bytes, _ := f.median(name, "B/socket")
		fmt.Fprintf(out, " %s µs, %s KiB |", short(ns/1000), short(bytes/1024))
	}
	fmt.Fprintln(out)
}
