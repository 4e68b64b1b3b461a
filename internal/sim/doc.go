// Package sim holds the bones all simulators share: a clock that can be moved, work that falls
// due on it, a log of the requests that came in, tables of the parameters that they must have, and
// faults to spoil the replies with.
//
// A vendor's simulator embeds [Server], which its users see, and keeps [Parts] to itself:
//
//	type Server struct {
//		*sim.Server
//		sim *sim.Parts
//	}
//
//	func NewServer() *Server {
//		s := &Server{}
//		s.Server, s.sim = sim.New(sim.Config{})
//		s.sim.Serve(http.HandlerFunc(s.serve))
//		return s
//	}
//
// The handler sees every request with its whole body already read; faults happen around it and
// are the same for all vendors. Work that the vendor finishes later is given to Parts.Schedule.
//
// The tables of parameters are the vendor's, and so are the words when one is missing or wrong:
//
//	var text = sim.Text("a String")
//
//	func check(in sim.Values, ps []sim.Param) (fields, error) {
//		return sim.Rules[fields]{
//			Missing: func(name string) error { return refuse(400, "%s is required", name) },
//			…
//		}.Object(ps, in)
//	}
package sim
