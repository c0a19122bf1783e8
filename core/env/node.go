package env

// Node is a broker, a controller or a client: anything that lives on events.
//
// Step applies one event and runs to the end. Effects are operations submitted to Disk and Network during
// Step; none of them completes before Step has returned. Two steps of a node never overlap.
//
// Deadline is asked after every Step: the node is woken with a Tick at or soon after that instant if nothing
// happens first. It replaces every timer.
type Node interface {
	Step(now Now, e Event)
	Deadline() Instant
}

// Metered is a Node that counts the work its requests made in the last Step, in units of its own, and bounds it. The
// simulator asserts the bound after every Step: no request, however large, keeps a node from all others for long.
type Metered interface {
	Work() (units, most int)
}

// World is what a node is given when it is made. All of it belongs to that one node.
type World struct {
	Disk    Disk
	Network Network
	Rand    Rand
	// Facts takes every fact; nil without an observer. What happens with every request is emitted only to it, and
	// is not even built without it.
	Facts Facts
	// Life takes what happens rarely, with or without an observer: started, stopped, gave up, fenced, recovered, logged.
	// The host of the node acts on it (see Ends).
	Life Facts
	// LogLevel is that of the root logger when the node starts.
	LogLevel LogLevel
}

// Emit reports a fact that is rare: to the observer, and to the host. What happens with every request goes to w.Facts
// alone, if it is not nil.
func (w *World) Emit(f Fact) {
	if w.Facts != nil {
		w.Facts.Emit(f)
	}
	if w.Life != nil {
		w.Life.Emit(f)
	}
}

// Protocol is the pure half of a connection: it cuts a byte stream into frames and decodes them. The real
// host runs it on the connection's own goroutine, outside the node's lock; the simulator runs it in line.
// Implementations hold no mutable state.
type Protocol interface {
	// FrameSize reports how many bytes the frame that begins with head takes, its length prefix included;
	// zero asks for more bytes. An error closes the connection.
	FrameSize(head []byte) (int, error)
	// Decode turns one whole frame into what the node's Message event carries. The result may point into
	// frame: both live until Buffer.Release. reuse is what an earlier Decode returned and no owner holds any
	// more, or nil. An error closes the connection. The node gets the result once it is finished: see Unfinished.
	Decode(frame []byte, reuse any) (any, error)
}

// Weighing is a Protocol that knows which frames take much more memory decoded than they have bytes. A host decodes
// only few of those at a time. DecodeLight is Decode of any other frame; heavy: it is one of those, and was not
// decoded.
type Weighing interface {
	DecodeLight(frame []byte, reuse any) (m any, heavy bool, err error)
}

// Kind is what an Event reports.
type Kind uint8

// The kinds of events, with the fields of Event each one sets besides Kind.
const (
	// Boot is the first event of an incarnation. Nothing is set.
	Boot Kind = iota + 1
	// Tick comes at or after Deadline. Nothing is set.
	Tick
	// Shutdown asks for a graceful stop; the node ends with Facts.Emit(Stopped).
	Shutdown

	// Accepted: a peer connected. Conn, Peer, Principal, Listener.
	Accepted
	// Dialed: the outcome of Network.Dial. Op, Conn, Err.
	Dialed
	// Message: one frame came in and was decoded. Conn, Message, Buffer.
	Message
	// Sent: every part of a Send has been handed to the transport, or will never be. Op, Conn, Err.
	Sent
	// Closed: the connection is gone; comes exactly once for each Accepted or successful Dialed, also after
	// Network.Close, and after it nothing more comes of that Conn. Conn, Err (nil: orderly).
	Closed

	// The outcomes of Disk operations. Op and Err, and:
	Opened     // File, Size
	Read       // File, Bytes, Buffer
	Wrote      // File
	Truncated  // File
	Synced     // File
	DirSynced  //
	Renamed    //
	Removed    //
	Listed     // Entries
	FileClosed // File
	Spaced     // Space
)

var kindNames = [...]string{"none", "boot", "tick", "shutdown", "accepted", "dialed", "message", "sent", "closed",
	"opened", "read", "wrote", "truncated", "synced", "dirsynced", "renamed", "removed", "listed", "fileclosed", "spaced"}

func (k Kind) String() string { return kindNames[k] }

// IsDisk reports whether the event is the outcome of a Disk operation.
func (k Kind) IsDisk() bool { return k >= Opened }

// Event is one thing that happened to a node. It is data: a run can be recorded, stepped and replayed.
type Event struct {
	Kind Kind
	Op   OpID
	Conn ConnID
	File FileID
	Size Position // of an Opened file
	Err  error
	Peer string // host:port of an Accepted connection's other end
	// Principal of an Accepted connection names the peer as its listener has authenticated it, "User:CN=alice" for
	// instance; "": the listener authenticates no peer.
	Principal string
	Listener  int    // which of the node's addresses it came to, counted from zero
	Bytes     []byte // of a Read; shorter than asked only at the end of the file
	Message   any    // what Protocol.Decode returned
	Buffer    *Buffer
	Entries   []DirEntry // of a Listed directory, sorted by name
	Space     *Space     // of a Spaced disk
}

// Buffer owns the bytes of a Message or a Read. The node that handles the event calls Release exactly once, when
// neither the bytes nor anything decoded from them is needed any more: for a request whose batches are being
// written, after their Wrote. A released buffer is used again; the simulator scribbles over it to show who
// still looks.
type Buffer struct {
	Bytes   []byte
	Decoded any           // for the owner's pool: the Message decoded from Bytes
	Recycle func(*Buffer) // nil: the garbage collector takes it

	holds int // further Releases to come before the last one
}

// Hold asks for one more Release: the buffer now has one more owner.
func (b *Buffer) Hold() {
	if b != nil {
		b.holds++
	}
}

// Release gives the buffer back when its last owner has called it. Release of nil does nothing.
func (b *Buffer) Release() {
	switch {
	case b == nil:
	case b.holds > 0:
		b.holds--
	case b.Recycle != nil:
		b.Recycle(b)
	}
}
