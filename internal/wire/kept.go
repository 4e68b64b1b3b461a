package wire

// Kept holds the bytes a value was decoded from. Embed it (`json:"-"`) in what is decoded as an
// item of a List, or hand it the bytes with KeepRaw. Like a lock.Secret it hides them from
// printers, because they may hold codes.
type Kept struct {
	get func() []byte
}

// Raw returns the bytes as they came, nil if the value did not come from a vendor. They may hold
// door codes: keep them out of logs. Do not change them.
func (k *Kept) Raw() []byte {
	if k.get == nil {
		return nil
	}
	return k.get()
}

// KeepRaw is for the code that decodes.
func (k *Kept) KeepRaw(raw []byte) { k.get = func() []byte { return raw } }

// keeper is what embeds Kept.
type keeper interface{ KeepRaw(raw []byte) }
