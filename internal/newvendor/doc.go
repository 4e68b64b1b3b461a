// Package newvendor is the template of a vendor: Acme, a cloud that does not exist, with a document
// of four calls. It is complete and as small as it can be: it compiles, its endpoints have golden
// files, and it passes the conformance suite on its simulator, newvendortest. docs/adding-a-vendor.md
// quotes it; copy the folder to begin with a vendor of your own.
//
// Acme's document, in full:
//
//	§1 Every call carries X-Acme-Key, X-Acme-Time (seconds) and X-Acme-Sign: the HMAC-SHA256, in
//	   hexadecimal, of method, path, query, time and body, a newline between them, under the secret.
//	§2 Every reply has code and msg; 0 is success. 401 bad signature or time, 404 no such lock,
//	   422 bad parameter, 503 lock offline.
//	§3.1 GET /v1/locks lists the locks.             §3.2 GET /v1/locks/{lock_id} returns one.
//	§3.3 POST /v1/locks/{lock_id}/name renames one: {"name":"…"}
//	§3.4 GET /v1/locks/{lock_id}/log?since=… lists what happened from a time (seconds) on, oldest first.
package newvendor
