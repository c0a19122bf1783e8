package env

import "math"

// Unfinished is what a decoded message also implements if decoding has a part that takes memory and time out of
// proportion to the frame: decompressing records. The caller of Protocol.Decode has the message finished before the
// node sees it. The real host does so when the process has the memory to spare, in turns with other connections; the
// simulator in line (Finish).
//
// Like Decode it is pure, and runs on the connection's goroutine.
type Unfinished interface {
	// Memory is how many bytes Finish takes besides the frame, from its first call to its last; zero: nothing is left
	// to do.
	Memory() int
	// Finish goes on for about work bytes of what is decompressed, and reports whether the message is finished. tools
	// is what an earlier Finish of any message returned that was finished, or nil; or what the last one of this message
	// returned. With other tools than those it begins again what it was in the middle of;
	// with nil and no work it lets go of those.
	Finish(tools any, work int) (again any, done bool)
}

// Finish finishes a message, if it needs that, in one go. It takes and returns tools as Unfinished does.
func Finish(message, tools any) any {
	u, ok := message.(Unfinished)
	if !ok || u.Memory() == 0 {
		return tools
	}
	for done := false; !done; {
		tools, done = u.Finish(tools, math.MaxInt)
	}
	return tools
}
