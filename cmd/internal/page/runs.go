package page

import (
	"encoding/json"
	"errors"
	"fmt"

	"gregor/scenarios"
)

// runsMax bounds the runs that are held: each holds its events.
const runsMax = 8

// Runs are the runs that pages have open. It is used by one goroutine at a time.
type Runs struct {
	open map[int]*run
	last int // number of the run opened last
}

// run is a run that a page looks at.
type run struct {
	cursor *scenarios.Cursor
	scans  map[int]*scan // by branch
}

// Request is what a page asks for. Op names it, the other fields are its arguments.
type Request struct {
	Op     string `json:"op"`
	Run    int    `json:"run"`
	Token  string `json:"token"`
	Text   string `json:"text"`
	Seed   uint64 `json:"seed"`
	Kind   string `json:"kind"`
	Event  uint64 `json:"event"`
	Nanos  int64  `json:"nanos"`
	Action string `json:"action"`
	Branch int    `json:"branch"`
	Index  int    `json:"index"` // of a message under way
}

// Response is what a page gets: Error alone, or what the operation returns.
type Response struct {
	Error     string                `json:"error,omitempty"`
	Run       int                   `json:"run,omitempty"`
	State     *State                `json:"state,omitempty"`
	Moved     bool                  `json:"moved"` // false: there was no such moment
	Why       []scenarios.Event     `json:"why,omitempty"`
	Effects   []scenarios.Effect    `json:"effects,omitempty"`
	Scan      *Marks                `json:"scan,omitempty"`
	Message   *scenarios.Inspection `json:"message,omitempty"`
	Differ    *Difference           `json:"differ,omitempty"`
	Cause     *Cause                `json:"cause,omitempty"`
	Scenarios []Scenario            `json:"scenarios,omitempty"`
}

// Cause is the point of no return of a run that breaks.
type Cause struct {
	Reason  string          `json:"reason"`
	Point   scenarios.Event `json:"point"`
	Finding uint64          `json:"finding"`
	Needed  []string        `json:"needed"`
}

// State is a run at its cursor.
type State struct {
	Token    string            `json:"token"` // of this moment
	Name     string            `json:"name"`
	Text     string            `json:"text"` // of the scenario, as the branch has it
	Seed     uint64            `json:"seed"`
	View     scenarios.View    `json:"view"`
	Events   []scenarios.Event `json:"events"` // the last ones
	Story    []string          `json:"story"`
	Branches []Branch          `json:"branches"`
	Branch   int               `json:"branch"`
	Verdict  string            `json:"verdict,omitempty"` // once the run is over
	Sentence string            `json:"sentence,omitempty"`
}

// Branch is a run that left another one.
type Branch struct {
	From   int    `json:"from"`
	Event  uint64 `json:"event"`
	Action string `json:"action"`
	Last   uint64 `json:"last"`
}

// Scenario is one that comes with Gregor.
type Scenario struct {
	Name    string `json:"name"`
	Summary string `json:"summary"`
}

// eventsShown is how many of the last events a state has.
const eventsShown = 60

// Do answers a request.
func (r *Runs) Do(request []byte) []byte {
	var q Request
	var a Response
	err := json.Unmarshal(request, &q)
	if err == nil {
		a, err = r.do(q)
	}
	if err != nil {
		a = Response{Error: err.Error()}
	}
	out, err := json.Marshal(a)
	if err != nil {
		panic(fmt.Sprintf("page: a response that is no JSON: %v", err))
	}
	return out
}

func (r *Runs) do(q Request) (Response, error) {
	switch q.Op {
	case "open":
		return r.opened(q)
	case "scenarios":
		return Response{Scenarios: all()}, nil
	}
	run := r.open[q.Run]
	if run == nil {
		return Response{}, errors.New("gone") // the page opens it again by its token
	}
	a := Response{Run: q.Run, Moved: true}
	c := run.cursor
	switch q.Op {
	case "next", "previous":
		stop, known := scenarios.StopNamed(q.Kind)
		if !known {
			return a, fmt.Errorf("unknown kind of moment %q", q.Kind)
		}
		if a.Moved = false; q.Op == "next" {
			a.Moved = c.Next(stop)
		} else {
			a.Moved = c.Previous(stop)
		}
	case "event":
		c.To(q.Event)
	case "instant":
		c.ToInstant(q.Nanos)
	case "branch":
		if err := c.Branch(q.Action); err != nil {
			return a, err
		}
	case "enter":
		if branches, _ := c.Branches(); q.Branch < 0 || q.Branch >= len(branches) {
			return a, fmt.Errorf("there is no branch %d", q.Branch)
		}
		c.Enter(q.Branch)
	case "why":
		a.Why, a.Effects = scenarios.Why(c.Events(), q.Event), scenarios.Effects(c.Events(), q.Event)
		return a, nil
	case "message":
		m, err := c.Session().Inspect(q.Index)
		a.Message = &m
		return a, err
	case "differ":
		d, err := run.difference(q.Branch)
		a.Differ = d
		return a, err
	case "cause":
		found, err := scenarios.FindCause(c.Token(), nil)
		a.Cause = &Cause{Reason: found.Reason, Point: found.Point, Finding: found.Finding, Needed: found.Needed}
		return a, err
	case "scan":
		a.Scan = run.scanned()
		return a, nil
	case "look":
	default:
		return a, fmt.Errorf("unknown operation %q", q.Op)
	}
	a.State = stateOf(c)
	return a, nil
}

// opened opens a run by its token, or by a scenario's text and a seed. The oldest run makes way.
func (r *Runs) opened(q Request) (Response, error) {
	t, err := tokenOf(q)
	if err != nil {
		return Response{}, err
	}
	if r.open == nil {
		r.open = map[int]*run{}
	}
	r.last++
	delete(r.open, r.last-runsMax)
	r.open[r.last] = &run{cursor: scenarios.NewCursor(t), scans: map[int]*scan{}}
	return Response{Run: r.last, Moved: true, State: stateOf(r.open[r.last].cursor)}, nil
}

func tokenOf(q Request) (scenarios.Token, error) {
	if q.Token != "" {
		return scenarios.ParseToken(q.Token)
	}
	name := "scenario"
	s, err := scenarios.Parse(name, q.Text)
	return scenarios.Token{Scenario: s, Text: q.Text, Seed: q.Seed, Step: q.Event}, err
}

func stateOf(c *scenarios.Cursor) *State {
	branches, now := c.Branches()
	t := c.Token()
	s := &State{Token: t.String(), Name: t.Scenario.Name, Text: t.Text, Seed: t.Seed, View: c.Session().View(),
		Events: lastOf(c.Events()), Story: c.Session().Story(), Branch: now}
	for _, b := range branches {
		s.Branches = append(s.Branches, Branch{From: b.From, Event: b.Event, Action: b.Action, Last: b.Last})
	}
	if c.Session().Done() {
		r := c.Session().Result()
		s.Verdict, s.Sentence = string(r.Verdict), r.Sentence
	}
	return s
}

func lastOf(events []scenarios.Event) []scenarios.Event {
	return events[max(0, len(events)-eventsShown):]
}

func all() (list []Scenario) {
	for _, name := range scenarios.Names() {
		text, _ := scenarios.Embedded(name)
		if s, err := scenarios.Parse(name, text); err == nil {
			list = append(list, Scenario{name, s.Summary()})
		}
	}
	return list
}
