package scenarios

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"gregor/core/env"
	"gregor/core/wire"
	"gregor/sim"
)

// EventsVersion is the version of the event format: of the fields of [Event] and of what they mean.
const EventsVersion = 1

// Event is one event of a run, or one fault, with what was reported in its step. As JSON it is a line of a trace file,
// and what pages and programs read.
type Event struct {
	Event uint64       `json:"event"`           // its number
	Cause uint64       `json:"cause,omitempty"` // the event in which what happens here was asked for; 0: a fault, or none
	Nanos int64        `json:"nanos"`           // of virtual time since the clients began; negative before
	Clock string       `json:"clock"`           // that, as stories show it
	Node  string       `json:"node,omitempty"`  // whose event it is; "": the network's, or the world's
	Kind  string       `json:"kind"`            // what the node is handed (env.Kind), or fault
	Text  string       `json:"text"`            // a sentence
	Peer  string       `json:"peer,omitempty"`  // the other end of the connection
	Conn  env.ConnID   `json:"conn,omitempty"`  // as Node names it
	Path  string       `json:"path,omitempty"`  // of the file
	Bytes int64        `json:"bytes,omitempty"`
	Label *sim.Label   `json:"label,omitempty"` // of a message
	Error string       `json:"error,omitempty"`
	Facts []FactReport `json:"facts,omitempty"`
	Hash  string       `json:"hash"` // of the run, this event and its facts included
}

// FactReport is a fact that a node reported.
type FactReport struct {
	Kind string   `json:"kind"` // the name of its type in package env
	Text string   `json:"text"`
	Fact env.Fact `json:"fact"` // its fields
}

// UnmarshalJSON reads what json.Marshal wrote: the fields by the type that the kind names.
func (f *FactReport) UnmarshalJSON(b []byte) error {
	var read struct {
		Kind, Text string
		Fact       json.RawMessage
	}
	if err := json.Unmarshal(b, &read); err != nil {
		return err
	}
	for _, of := range env.EveryFact() {
		if env.KindOf(of) != read.Kind {
			continue
		}
		v := reflect.New(reflect.TypeOf(of))
		if err := json.Unmarshal(read.Fact, v.Interface()); err != nil {
			return fmt.Errorf("fact %s: %w", read.Kind, err)
		}
		*f = FactReport{read.Kind, read.Text, v.Elem().Interface().(env.Fact)}
		return nil
	}
	return fmt.Errorf("unknown kind of fact %q", read.Kind)
}

// faultKind is the Kind of an Event that is a fault.
const faultKind = "fault"

// Events returns what is remembered of the events of a run that is traced, the oldest first.
func (s *Session) Events() []Event {
	if s.run == nil || s.run.sim == nil || s.run.sim.Trace() == nil {
		return nil
	}
	return eventsOf(s.run.sim.Trace(), s.Zero())
}

// EventsOf returns what is remembered of the events of a run that was traced, the oldest first.
func EventsOf(r Result) []Event {
	if r.Trace == nil {
		return nil
	}
	return eventsOf(r.Trace, r.Begin)
}

func eventsOf(t *sim.Trace, begin env.Instant) (events []Event) {
	for _, e := range t.Entries() {
		events = addEntry(events, t, begin, e)
	}
	return events
}

// addEntry adds an event, or a fact to the event in whose step it was reported.
func addEntry(events []Event, t *sim.Trace, begin env.Instant, e sim.Entry) []Event {
	if e.Fact == nil {
		return append(events, eventOf(t, begin, e))
	}
	if n := len(events); n > 0 && events[n-1].Event == e.Event { // the event itself may be forgotten already
		last := &events[n-1]
		last.Facts = append(last.Facts, FactReport{Kind: env.KindOf(e.Fact), Text: env.Describe(e.Fact), Fact: e.Fact})
		last.Hash = hashText(e.Hash)
	}
	return events
}

// contains reports whether the sentence, or that of a fact, has a text in it.
func (e *Event) contains(text string) bool {
	return strings.Contains(e.Text, text) ||
		slices.ContainsFunc(e.Facts, func(f FactReport) bool { return strings.Contains(f.Text, text) })
}

func eventOf(t *sim.Trace, begin env.Instant, e sim.Entry) Event {
	v := Event{Event: e.Event, Cause: e.Cause, Nanos: int64(e.At.Sub(begin)), Clock: e.At.Clock(begin),
		Node: t.Name(e.Node), Text: sentence(t, e), Bytes: e.Size, Hash: hashText(e.Hash)}
	if e.Fault != "" {
		v.Kind = faultKind
		return v
	}
	v.Kind, v.Peer, v.Conn, v.Path = e.Kind.String(), t.Name(e.Peer), e.Conn, e.Path
	if e.Kind == env.Message {
		v.Label = &e.Label
	}
	if e.Err != nil {
		v.Error = e.Err.Error()
	}
	return v
}

func hashText(hash uint64) string { return fmt.Sprintf("%016x", hash) }

// sentence is an event as a person would say it: the actor, what happened, and to what.
func sentence(t *sim.Trace, e sim.Entry) string {
	node, peer := t.Name(e.Node), t.Name(e.Peer)
	if peer == "" {
		peer = "an unknown node"
	}
	text := ""
	switch e.Kind {
	case 0:
		return e.Fault
	case env.Boot:
		text = node + " starts"
	case env.Tick:
		text = "a timer of " + node + " is due"
	case env.Shutdown:
		text = node + " is asked to shut down"
	case env.Accepted:
		text = fmt.Sprintf("%s accepts a connection from %s", node, peer)
	case env.Dialed:
		text = fmt.Sprintf("%s is connected to %s", node, peer)
		if e.Err != nil {
			text = node + " could not connect"
		}
	case env.Message:
		text = fmt.Sprintf("%s receives %s from %s", node, messageName(e.Label), peer)
	case env.Sent:
		text = fmt.Sprintf("what %s sent to %s has left", node, peer)
	case env.Closed:
		text = fmt.Sprintf("a connection of %s is closed", node)
	default:
		text = diskSentence(node, e)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// diskSentence is the outcome of an operation of a node's disk.
func diskSentence(node string, e sim.Entry) string {
	path := e.Path
	if path == "" {
		path = "its directory"
	}
	if e.Kind == env.Renamed && strings.Contains(path, " to ") {
		return fmt.Sprintf("the disk of %s renamed %s", node, path)
	}
	verb := map[env.Kind]string{env.Opened: "opened", env.Read: "read", env.Wrote: "wrote to", env.Truncated: "truncated",
		env.Synced: "synced", env.DirSynced: "synced the directory", env.Renamed: "created the directory", env.Removed: "removed",
		env.Listed: "listed", env.FileClosed: "closed", env.Spaced: "reported the free space of"}[e.Kind]
	return fmt.Sprintf("the disk of %s %s %s", node, verb, path)
}

// messageName is "a Fetch request" or "the response to Fetch", with the version.
func messageName(l sim.Label) string {
	switch {
	case l.API < 0 && l.Response:
		return "a response"
	case l.API < 0:
		return "a request"
	case l.Response:
		return fmt.Sprintf("the response to its %s (v%d)", wire.Name(l.API), l.Version)
	}
	name, article := wire.Name(l.API), "a"
	if strings.ContainsAny(name[:1], "AEIO") { // UnregisterBroker and UpdateFeatures are spoken with a y
		article = "an"
	}
	return fmt.Sprintf("%s %s request (v%d)", article, name, l.Version)
}
