package client_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gregor/core/client"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/internal/conversation"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestConversations plays testdata/*.txt: above the line of dashes what the client is and what the broker and the
// application do; below it what was then sent or reported, in virtual milliseconds. The words are in [script.line].
func TestConversations(t *testing.T) {
	conversation.Files(t, "testdata/*.txt", func(t *testing.T, text string) string {
		return conversation.Transcript(t, text, func(cs []*conversation.Command) string { return play(t, cs) })
	})
}

type script struct {
	*stage
	t        *testing.T
	ledger   *ledger
	out      strings.Builder
	rules    map[string]string // "Produce 2" -> what to do
	seen     map[string]int
	producer *client.Producer
	consumer *client.Consumer
	end      time.Duration
	hide     []string
	sent     int
}

func play(t *testing.T, commands []*conversation.Command) string {
	s := &script{stage: newStage(t), t: t, rules: map[string]string{}, seen: map[string]int{}, end: 10 * time.Second,
		hide: []string{"ApiVersions", "Metadata", "PollCalled"}}
	s.ledger = newLedger(1, "orders")
	s.stage.broker = s.respond
	s.stage.told = s.fact
	for _, c := range commands {
		s.line(strings.Fields(c.Text))
	}
	s.at(0, func() { s.step(env.Event{Kind: env.Boot}) })
	s.run(s.end)
	for _, name := range s.ledger.names {
		for p, shelf := range s.ledger.topics[name] {
			fmt.Fprintf(&s.out, "%s-%d holds %s\n", name, p, strings.Join(shelf.values(), " "))
		}
	}
	return s.out.String()
}

// line obeys one line of the script.
func (s *script) line(w []string) {
	switch w[0] {
	case "topics": // topics 2 orders payments: partitions, names
		n, _ := strconv.Atoi(w[1])
		s.ledger = newLedger(n, w[2:]...)
	case "log": // log a b c: what orders-0 holds at the start, a batch each
		for _, v := range w[1:] {
			s.append(v)
		}
	case "nearby": // broker 1 follows, in the rack of who asks
		s.ledger.nearby = true
	case "hide":
		s.hide = append(s.hide, w[1:]...)
	case "producer":
		cfg := client.NewProducerConfig("p1")
		set2(s.t, &cfg, w[1:])
		must(s.t, cfg.Validate())
		s.producer = client.NewProducer(s.world(1), cfg)
		s.node = s.producer
	case "consumer":
		cfg := client.NewConsumerConfig("c1")
		set2(s.t, &cfg, w[1:])
		must(s.t, cfg.Validate())
		s.consumer = client.NewConsumer(s.world(1), cfg)
		s.node = s.consumer
	case "on": // on Produce 2 …: the second Produce request meets …
		s.rules[w[1]+" "+w[2]] = strings.Join(w[3:], " ")
	case "at": // at 20ms …
		d, err := time.ParseDuration(w[1])
		must(s.t, err)
		s.stage.at(env.Instant(d), func() { s.act(w[2:]) })
	case "run":
		d, err := time.ParseDuration(w[1])
		must(s.t, err)
		s.end = d
	default:
		s.t.Fatalf("the script says %q", w)
	}
}

// act does what the application or fate does at some time.
func (s *script) act(w []string) {
	s.say("* %s", strings.Join(w, " "))
	switch w[0] {
	case "send":
		for _, v := range w[1:] {
			_, err := s.producer.Send(s.clock(), client.Record{Topic: "orders", Partition: 0, Value: []byte(v)})
			must(s.t, err)
		}
	case "append":
		for _, v := range w[1:] {
			s.append(v)
		}
	case "truncate": // truncate 3: the log ends there now, under a new leader epoch
		n, _ := strconv.Atoi(w[1])
		s.ledger.topics["orders"][0].truncate(int64(n))
		s.ledger.epoch++
	case "expire": // expire 3: the log starts there now
		n, _ := strconv.Atoi(w[1])
		shelf := s.ledger.topics["orders"][0]
		shelf.start = int64(n)
		shelf.batches = slices.DeleteFunc(shelf.batches, func(b record.Batch) bool {
			return int64(b.LastOffset()) < int64(n)
		})
	case "elect": // the leader epoch rises
		s.ledger.epoch++
	case "move": // broker 1, at b1, leads from now on
		s.ledger.leader = 1
		s.ledger.epoch++
	case "cut":
		s.cut()
	case "down":
		s.down = true
		s.cut()
	case "up":
		s.down = false
	case "storing": // the first SyncGroup of a generation is not answered, and the second with what the first one brought
		s.ledger.storing = true
	case "grow": // grow orders: one more partition
		s.ledger.topics[w[1]] = append(s.ledger.topics[w[1]], newLedger(1, w[1]).topics[w[1]]...)
	case "rebalance":
		// another member joined: heartbeats are answered REBALANCE_IN_PROGRESS until this one has joined again
		s.rules["Heartbeat next"] = "REBALANCE_IN_PROGRESS"
	case "expel":
		s.ledger.member = "another member"
	case "seek":
		n, _ := strconv.Atoi(w[1])
		s.consumer.Seek(kafka.TopicPartition{Topic: "orders"}, kafka.Offset(n))
	case "pause":
		s.consumer.Pause(kafka.TopicPartition{Topic: "orders"})
	case "resume":
		s.consumer.Resume(kafka.TopicPartition{Topic: "orders"})
	case "shutdown":
		s.step(env.Event{Kind: env.Shutdown})
	default:
		s.t.Fatalf("the script does %q", w)
	}
}

func (s *script) append(v string) {
	b := record.NewBuilder(record.Options{})
	b.Add(1, nil, []byte(v))
	batch := b.Build()
	batch.SetBase(0, kafka.LeaderEpoch(s.ledger.epoch))
	s.ledger.topics["orders"][0].append(batch)
	last := s.ledger.topics["orders"][0].batches
	last[len(last)-1].SetBase(last[len(last)-1].BaseOffset(), kafka.LeaderEpoch(s.ledger.epoch))
}

// whom names the broker that is asked to be read from, if there is more than one.
func (s *script) whom(req kmsg.Request) string {
	if _, fetch := req.(*kmsg.FetchRequest); fetch && s.ledger.nearby {
		return " at " + s.ledger.addr
	}
	return ""
}

// respond serves a request as the rules say: a code refuses it; "silence" and "drop" lose it, without an answer or
// with the connection; after "applied" it is carried out first; without a rule all is well.
func (s *script) respond(l *line, req kmsg.Request) reply {
	s.ledger.addr = l.addr
	api := kmsg.NameForKey(req.Key())
	s.seen[api]++
	rule, found := s.rules[fmt.Sprintf("%s %d", api, s.seen[api])]
	if !found {
		rule = s.rules[api+" next"]
		delete(s.rules, api+" next")
	}
	word, applied := strings.CutPrefix(rule, "applied ")
	var r reply
	if !slices.Contains(s.hide, api) {
		s.say("> %s%s%s", name(req), gist(req), s.whom(req))
	}
	switch word {
	case "silence", "drop":
		if applied {
			s.ledger.handle(req, kafka.None)
		}
		r.drop = word == "drop"
	default:
		code := codeOf(s.t, word)
		if applied {
			s.ledger.handle(req, kafka.None)
		}
		r.resp, r.after = s.ledger.handle(req, code)
		word = ""
		if r.resp != nil {
			word = answerGist(r.resp)
		}
	}
	if !slices.Contains(s.hide, api) && (word != "" || rule != "") {
		s.say("< %s %s", api, strings.TrimSpace(strings.TrimSpace(strings.TrimSuffix(rule, word))+" "+word))
	}
	return r
}

func codeOf(t *testing.T, name string) kafka.ErrorCode {
	if name == "" {
		return kafka.None
	}
	for c := kafka.ErrorCode(-1); c < 140; c++ {
		if c.String() == name {
			return c
		}
	}
	t.Fatalf("no error is called %q", name)
	return 0
}

func (s *script) say(format string, args ...any) {
	fmt.Fprintf(&s.out, "%6d %s\n", s.now/1e6, fmt.Sprintf(format, args...))
}

// gist is what of a request matters.
func gist(req kmsg.Request) string {
	var out strings.Builder
	switch req := req.(type) {
	case *kmsg.ProduceRequest:
		for _, t := range req.Topics {
			for _, p := range t.Partitions {
				b := record.Batch(p.Records)
				fmt.Fprintf(&out, " p%d n=%d", p.Partition, b.Count())
				if b.ProducerID() >= 0 {
					fmt.Fprintf(&out, " id=%d/%d seq=%d", b.ProducerID(), b.ProducerEpoch(), b.BaseSequence())
				}
			}
		}
	case *kmsg.FetchRequest:
		fmt.Fprintf(&out, " session=%d/%d", req.SessionID, req.SessionEpoch)
		for _, t := range req.Topics {
			for _, p := range t.Partitions {
				fmt.Fprintf(&out, " p%d@%d", p.Partition, p.FetchOffset)
			}
		}
		for _, t := range req.ForgottenTopics {
			fmt.Fprintf(&out, " forget%v", t.Partitions)
		}
	case *kmsg.JoinGroupRequest:
		fmt.Fprintf(&out, " member=%q", req.MemberID)
	case *kmsg.OffsetCommitRequest:
		fmt.Fprintf(&out, " generation=%d", req.Generation)
		for _, t := range req.Topics {
			for _, p := range t.Partitions {
				fmt.Fprintf(&out, " p%d=%d", p.Partition, p.Offset)
			}
		}
	case *kmsg.ListOffsetsRequest:
		for _, p := range req.Topics[0].Partitions {
			fmt.Fprintf(&out, " p%d %d", p.Partition, p.Timestamp)
		}
	case *kmsg.OffsetForLeaderEpochRequest:
		for _, p := range req.Topics[0].Partitions {
			fmt.Fprintf(&out, " p%d epoch=%d", p.Partition, p.LeaderEpoch)
		}
	}
	return out.String()
}

// answerGist is what of an answer matters: the error, if there is one.
func answerGist(resp kmsg.Response) string {
	code := int16(0)
	switch resp := resp.(type) {
	case *kmsg.ProduceResponse:
		code = resp.Topics[0].Partitions[0].ErrorCode
	case *kmsg.FetchResponse:
		if code = resp.ErrorCode; code == 0 && len(resp.Topics) > 0 {
			code = resp.Topics[0].Partitions[0].ErrorCode
			if p := resp.Topics[0].Partitions[0].PreferredReadReplica; p >= 0 {
				return fmt.Sprintf("read at broker %d", p)
			}
		}
	case *kmsg.JoinGroupResponse:
		code = resp.ErrorCode
	case *kmsg.SyncGroupResponse:
		code = resp.ErrorCode
	case *kmsg.HeartbeatResponse:
		code = resp.ErrorCode
	case *kmsg.OffsetCommitResponse:
		code = resp.Topics[0].Partitions[0].ErrorCode
	case *kmsg.ListOffsetsResponse:
		code = resp.Topics[0].Partitions[0].ErrorCode
	case *kmsg.OffsetForLeaderEpochResponse:
		p := resp.Topics[0].Partitions[0]
		return fmt.Sprintf("end=%d", p.EndOffset)
	case *kmsg.InitProducerIDResponse:
		code = resp.ErrorCode
	}
	if code == 0 {
		return ""
	}
	return kafka.ErrorCode(code).String()
}

// fact prints a fact of the client.
func (s *script) fact(f env.Fact) {
	kind := strings.TrimPrefix(fmt.Sprintf("%T", f), "env.")
	if slices.Contains(s.hide, kind) {
		return
	}
	switch f := f.(type) {
	case env.ProduceCalled:
		s.say("  called %s", f.Value)
	case env.ProduceReturned:
		s.say("  returned %d %s offset=%d attempts=%d %s", f.Call, f.Outcome, f.Offset, f.Attempts, f.Error)
	case env.Polled:
		var vs []string
		for _, r := range f.Records {
			vs = append(vs, fmt.Sprintf("%d:%s", r.Offset, r.Value))
		}
		s.say("  polled %s from %d: %s", f.TopicPartition, f.From, strings.Join(vs, " "))
	case env.PositionSet:
		s.say("  position %s = %d (%s)", f.TopicPartition, f.Offset, f.Reason)
	case env.Processed:
		s.say("  processed %s to %d", f.TopicPartition, f.To)
	case env.CommitCalled:
		s.say("  commit %d called: %s = %d generation=%d auto=%v", f.Call, f.TopicPartition, f.Offset, f.Generation, f.Auto)
	case env.CommitReturned:
		s.say("  commit %d returned %s %s", f.Call, f.Outcome, f.Error)
	case env.PartitionsAssigned:
		s.say("  assigned %v generation=%d", f.Partitions, f.Generation)
	case env.PartitionsRevoked:
		s.say("  revoked %v generation=%d lost=%v", f.Partitions, f.Generation, f.Lost)
	case env.ClientClosed:
		s.say("  closed")
	case env.Logged:
		s.say("  says %s", f.Text)
	case env.EndOffsetReturned:
		s.say("  end of %s is %d (%s)", f.TopicPartition, f.Offset, f.Outcome)
	case env.PollCalled:
		s.say("  poll")
	}
}

func set2(t *testing.T, c interface{ Set(n, v string) error }, pairs []string) {
	t.Helper()
	must(t, c.Set("bootstrap.servers", "b0:9092"))
	for _, p := range pairs {
		name, value, _ := strings.Cut(p, "=")
		must(t, c.Set(name, value))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
