package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Whatever the store is, two replicas are like one.
func TestReplicasAreLikeOne(t *testing.T) {
	stores := map[string]string{"memory": "", "miniredis": "redis://" + miniredis.RunT(t).Addr()}
	if address := os.Getenv("TEST_REDIS_ADDR"); strings.HasPrefix(address, "/") {
		stores["redis"] = "unix://" + address
	} else if address != "" {
		stores["redis"] = "redis://" + address
	}
	for name, redis := range stores {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := run(t.Context(), &out, redis); err != nil {
				t.Fatalf("%v after:\n%s", err, &out)
			}
			text := out.String()
			if want := "30 deliveries by the vendor, 10 events in the log, 10 handled, 0 of them twice, 0 waiting, 0 dead; logins: 1\n"; !strings.HasSuffix(text, want) {
				t.Errorf("got:\n%s\nwant it to end with %s", text, want)
			}
			dead := regexp.MustCompile(`  ([AB]) is dead\n  ([AB]): back door opened\n`).FindStringSubmatch(text)
			if dead == nil || dead[1] == dead[2] {
				t.Errorf("got:\n%s\nwant the other replica to take over", text)
			}
		})
	}
}
