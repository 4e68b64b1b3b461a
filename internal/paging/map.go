package paging

import "iter"

// Map yields what convert makes of each item; an error stays as it is, with a zero item.
func Map[T, U any](items iter.Seq2[T, error], convert func(T) U) iter.Seq2[U, error] {
	return func(yield func(U, error) bool) {
		for item, err := range items {
			if err != nil {
				var zero U
				yield(zero, err)
				return
			}
			if !yield(convert(item), nil) {
				return
			}
		}
	}
}
