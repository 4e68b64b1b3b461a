package sim

// Keep returns what is wanted of a list. It is never nil: an empty list is [] on the wire.
func Keep[T any](list []T, wanted func(T) bool) []T {
	kept := []T{}
	for _, v := range list {
		if wanted(v) {
			kept = append(kept, v)
		}
	}
	return kept
}

// Each makes the wire form of every element. It is never nil either.
func Each[T, W any](list []T, wire func(T) W) []W {
	all := []W{}
	for _, v := range list {
		all = append(all, wire(v))
	}
	return all
}
