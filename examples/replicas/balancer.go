package main

import (
	"net"
	"net/http"
	"net/http/httputil"
	"slices"
	"sync"
	"time"
)

// balancer is what stands before the replicas: it gives each request to another one of them.
type balancer struct {
	url    string
	server *http.Server

	mu       sync.Mutex
	replicas []*replica
	next     int
}

func newBalancer() (*balancer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &balancer{url: "http://" + l.Addr().String() + "/hooks/5b1f0c9e"}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host = "http", b.choose()
	}}
	b.server = &http.Server{Handler: proxy, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = b.server.Serve(l) }() // ends with close
	return b, nil
}

func (b *balancer) close() { _ = b.server.Close() }

func (b *balancer) choose() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	return b.replicas[b.next%len(b.replicas)].addr
}

func (b *balancer) add(r *replica) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.replicas = append(b.replicas, r)
}

func (b *balancer) remove(r *replica) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.replicas = slices.DeleteFunc(b.replicas, func(o *replica) bool { return o == r })
}

func (b *balancer) alive() []*replica {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.replicas)
}
