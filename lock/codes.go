package lock

// CodeInfo is one row of a vendor's table of error codes.
type CodeInfo struct {
	Code  string // as the vendor writes it
	Where string // "reply" or "device result": which of the vendor's codes this is
	Kind  Kind
	Words string // the document's own wording
	Note  string // what the code means for a caller beyond its Kind; "" if nothing
}
