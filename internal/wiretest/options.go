package wiretest

import "slices"

// Option adapts the runner to a vendor.
type Option func(*config)

type config struct {
	dir      string // where testdata is
	update   bool
	headers  []string
	masked   []string
	prefix   string
	payload  string
	envelope []string
	ignored  map[string][]string // by row name; "" for all
	preloads []preload
	without  []string
}

type preload struct{ endpoint, reply string }

func configure(opts []Option) *config {
	c := &config{update: *update, headers: []string{"Content-Type"}, ignored: map[string][]string{}}
	for _, opt := range opts {
		opt(c)
	}
	return c
}

// mistakes are those of the table itself.
func (c *config) mistakes(rows []string) (found problems) {
	seen := map[string]bool{"": true}
	for _, name := range rows {
		if seen[name] {
			found.Errorf("the row name %q is empty or used twice", name)
		}
		seen[name] = true
	}
	for name := range c.ignored {
		if !seen[name] {
			found.Errorf("Ignore names the row %q, which does not exist", name)
		}
	}
	return found
}

// Headers are shown in the requests, besides Content-Type.
func Headers(names ...string) Option {
	return func(c *config) { c.headers = append(c.headers, names...) }
}

// Mask shows "*" for the values of these query parameters, form fields, members of the body and
// shown headers: nonces and other things that differ at every run.
func Mask(names ...string) Option {
	return func(c *config) { c.masked = append(c.masked, names...) }
}

// Prefix is what the rows' endpoints and the comments leave out at the beginning of the path.
func Prefix(path string) Option {
	return func(c *config) { c.prefix = path }
}

// Envelope says what stands in a reply around the payload: the members keys, which results do not
// show, and the member payload, which holds what they do. It is "" where the payload's members
// stand beside the envelope's.
func Envelope(payload string, keys ...string) Option {
	return func(c *config) { c.payload, c.envelope = payload, keys }
}

// Ignore names members of the row's reply that the client leaves out, such as "list[].color", with
// all that is in them. The row "" is every row. An entry that is not needed is an error.
func Ignore(row string, paths ...string) Option {
	return func(c *config) { c.ignored[row] = append(c.ignored[row], paths...) }
}

// Preload answers calls of an endpoint other than the row's own, such as the one for a token. They
// are not compared with anything.
func Preload(endpoint, reply string) Option {
	return func(c *config) { c.preloads = append(c.preloads, preload{endpoint, reply}) }
}

// Without names endpoints that Complete finds in comments but that need no row, because another
// test calls them.
func Without(endpoints ...string) Option {
	return func(c *config) { c.without = append(c.without, endpoints...) }
}

// ignores reports whether a path, or what it is in, is named for the row, and notes the use.
func (c *config) ignores(used map[string]bool, row, path string) bool {
	for _, name := range []string{row, ""} {
		if slices.Contains(c.ignored[name], path) {
			used[path] = true
			return true
		}
	}
	return false
}

// unused are the row's own entries of Ignore that nothing needed.
func (c *config) unused(found *problems, used map[string]bool, row string) {
	for _, path := range c.ignored[row] {
		if !used[path] {
			found.Errorf("Ignore(%q, %q) is not needed", row, path)
		}
	}
}
