package benchtest

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"testing"
)

const asVendor = "SMARTLOCK_BENCH_VENDOR"

// VendorProcess is the test of a package with benchmarks over loopback. In a process that StartVendor
// has begun it is the vendor, whose time is then not counted as ours. Called by go test it makes such
// a process and a call to it.
func VendorProcess(t *testing.T, handler http.Handler) {
	if os.Getenv(asVendor) != "" {
		serve(t, handler)
		return
	}
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	resp, err := client.Get(StartVendor(t, t.Name()))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Errorf("the vendor's reply ends in %v", err)
	}
}

// StartVendor runs the test that calls VendorProcess in a process of its own, until tb ends, and
// returns the URL of the vendor.
func StartVendor(tb testing.TB, test string) string {
	tb.Helper()
	if runtime.GOOS == "windows" {
		tb.Skip("a listener cannot be handed to another process here")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	handed, err := l.(*net.TCPListener).File()
	if err != nil {
		tb.Fatal(err)
	}
	defer handed.Close()
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$")
	cmd.Env = append(os.Environ(), asVendor+"=1")
	cmd.ExtraFiles = []*os.File{handed}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	alive, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		alive.Close()
		if err := cmd.Wait(); err != nil {
			tb.Errorf("the vendor's process ended with %v: %s", err, said.Bytes())
		}
	})
	return "http://" + l.Addr().String()
}

// serve serves on the listener that was handed over, until the process that began this one lets go
// of its input.
func serve(t *testing.T, handler http.Handler) {
	const firstExtra = 3 // behind input, output and errors
	l, err := net.FileListener(os.NewFile(firstExtra, "listener"))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		t.Error(err)
	}
	server.Close()
	<-served
}
