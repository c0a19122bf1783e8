package scenarios

import (
	"strings"
	"time"
)

// Scenario is a parsed story.
type Scenario struct {
	Name    string
	Story   string // the comment at its top
	Cluster Cluster
	Topics  []Topic
	Clients []Client
	Network []Setting
	Disk    []Setting
	Swarm   bool
	Steps   []Step
	Random  []Random
	Run     time.Duration
	Seed    uint64        // the default seed
	Seeded  bool          // a seed statement sets it
	Expect  []Expectation // what a run must show
	Allow   []string      // what a run may show
}

// Summary is the story's first sentence.
func (s *Scenario) Summary() string {
	text := strings.Join(strings.Fields(s.Story), " ")
	if i := strings.Index(text, ". "); i >= 0 {
		text = text[:i+1]
	}
	return text
}

// Setting is name=value, and its line.
type Setting struct {
	Name, Value string
	Line        int
}

// Topic is a topic that exists before the clients start.
type Topic struct {
	Name       string
	Partitions int
	Settings   []Setting
	Line       int
}

// Client is a producer, consumer or admin.
type Client struct {
	Kind     string
	Name     string
	Settings []Setting
	Line     int
}

// Step is an action at a time.
type Step struct {
	At     time.Duration
	After  uint64 // an event: the step is made right after it, and At is zero; 0: at its time
	Action Action
	For    time.Duration // undone after that; zero: not undone before the end
	Atlas  bool          // only if the configuration promises to survive it, as things stand then
	Line   int
}

// Random is an action that is repeated at times drawn from the seed.
type Random struct {
	Action     Action
	Every      Span
	For        Span
	From, Till time.Duration // Till zero: the end of the run
	Rolling    bool          // the nodes in turn, not drawn
	Line       int
}

// Span is a range of times, both ends included.
type Span struct{ Lo, Hi time.Duration }

// Action is a verb, what it acts on and its arguments: a fault, or the end of one.
type Action struct {
	Verb      string
	Nodes     []string // names or roles; of a partition, one side
	Others    []string // of a partition, the other side
	OneWay    bool     // of a partition: only what goes from Nodes to Others is lost
	Amount    string   // of clock, drift
	Set       []Setting
	Text      string     // of say
	Condition *Condition // of expect
}

// The bounds of a scenario, which may come from anywhere.
const (
	linesMax       = 10_000
	lineBytesMax   = 4096
	stepsMax       = 5_000
	brokersMax     = 9
	controllersMax = 7
	racksMax       = 9
	clientsMax     = 200
	topicsMax      = 200
	partitionsMax  = 200
	runMax         = 24 * time.Hour
)
