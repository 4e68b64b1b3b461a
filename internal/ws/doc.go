// Package ws speaks WebSocket, and keeps a connection up for as long as somebody wants it.
//
//	conn, err := ws.Dialer{}.Dial(ctx, "wss://…/api/ws") // a simulator says ws.Accept(w, r)
//
//	err := ws.Listen(ctx, conn, ws.Beat{Clock: clock, Every: 30 * time.Second}, func(message []byte) error { … })
//
//	keeper := ws.NewKeeper(clock, ws.Pace{})
//	err := keeper.Keep(ctx, func(ctx context.Context, up func()) error { … dial, log in, up(), Listen … })
//
// Conn is one connection, with the limits that gorilla/websocket leaves to its user: a handshake
// that ends, messages of a megabyte at most, one writer at a time, reads that end with their
// context. Listen finds a peer that has fallen silent. A Keeper connects again after a pause, and
// never so often that a vendor would take it for an attack.
//
// Pauses and heartbeats go by a lock.Clock. How long the network may take is real time, as
// everywhere in this library.
//
// This is the only package that imports gorilla/websocket. It has not been released since June
// 2024; whoever replaces it writes conn.go, dial.go and accept.go anew and leaves the rest.
package ws
