package wiretest

import (
	"encoding/json"
	"maps"
	"slices"
)

// complete finds names in the reply that are not where they should be in the dump of the result.
func (c *config) complete(found *problems, row string, reply, dump []byte) {
	var said, read any
	if err := json.Unmarshal(reply, &said); err != nil {
		found.Errorf("the vendor's answer is no JSON: %v", err)
		return
	}
	if err := json.Unmarshal(dump, &read); err != nil {
		found.Errorf("the result is no JSON: %v", err)
		return
	}
	w := walk{config: c, found: found, row: row, used: map[string]bool{}, reported: map[string]bool{}}
	w.root(said, read)
	c.unused(found, w.used, row)
}

// walk goes through a reply and what was read of it side by side.
type walk struct {
	*config
	found          *problems
	row            string
	used, reported map[string]bool // by path
}

// root takes the envelope off.
func (w *walk) root(said, read any) {
	object, ok := said.(map[string]any)
	if !ok {
		w.value("", said, []any{read})
		return
	}
	rest := maps.Clone(object)
	for _, key := range w.envelope {
		delete(rest, key)
	}
	payload, ok := rest[w.payload]
	if w.payload == "" || !ok {
		w.value("", rest, []any{read})
		return
	}
	delete(rest, w.payload)
	w.value("", rest, nil)
	w.value(w.payload, payload, []any{read})
}

// value checks one value of the reply. Several values may have been read at its place: all items
// of a list, any of which may show what the item in the reply has.
func (w *walk) value(path string, said any, read []any) {
	switch said := said.(type) {
	case []any:
		items := itemsOf(read)
		for _, item := range said {
			w.value(path+"[]", item, items)
		}
	case map[string]any:
		if items := itemsOf(read); len(items) > 0 { // a list by id, which is read as an array
			for _, name := range slices.Sorted(maps.Keys(said)) {
				w.value(path+"[]", said[name], items)
			}
			return
		}
		for _, name := range slices.Sorted(maps.Keys(said)) {
			w.member(path, name, said[name], read)
		}
	}
}

func (w *walk) member(path, name string, said any, read []any) {
	if path += "." + name; path[0] == '.' {
		path = name
	}
	var inside []any
	for _, r := range read {
		if object, ok := r.(map[string]any); ok {
			if v, ok := object[name]; ok {
				inside = append(inside, v)
			}
		}
	}
	switch {
	case len(inside) > 0:
		w.value(path, said, inside)
	case w.ignores(w.used, w.row, path) || w.reported[path]:
	default:
		w.reported[path] = true
		w.found.Errorf("the reply's %s is not in the result: is its tag misspelt?", path)
	}
}

// itemsOf are the items of all arrays among the values.
func itemsOf(values []any) []any {
	var items []any
	for _, v := range values {
		if array, ok := v.([]any); ok {
			items = append(items, array...)
		}
	}
	return items
}
