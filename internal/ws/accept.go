package ws

import (
	"net/http"

	"github.com/gorilla/websocket"
)

// Accept answers the handshake of a client and returns the server's end. If the request is no
// such handshake, it has been answered with the fitting status and the error says why. The
// handler that called Accept may return; the connection stays. Any page of any site may connect:
// this is for simulators.
func Accept(w http.ResponseWriter, r *http.Request) (Conn, error) {
	up := websocket.Upgrader{HandshakeTimeout: handshakeTime, CheckOrigin: func(*http.Request) bool { return true }}
	c, err := up.Upgrade(w, r, nil)
	if err != nil {
		return nil, err
	}
	return newConn(c), nil
}
