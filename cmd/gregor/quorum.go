package main

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"gregor/cmd/internal/terminal"
	"gregor/core/quorum"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func quorumCommand() *cobra.Command {
	r := &remote{}
	c := &cobra.Command{
		Use:   "quorum",
		Short: "Show the metadata quorum: who leads, who votes, how far each has come",
		Long: `Show the metadata quorum of a Kafka cluster, Gregor's or any other.

What a cluster knows of itself is a log, and a few controllers keep it: the voters. One of them leads; a change holds
when a majority has written it, and that is the high watermark. Brokers that do not vote follow as observers.

  END        the offset the next record of the log gets there
  LAG        how many records the leader has more
  FETCHED    how long ago the leader was last asked for more
  CAUGHT UP  how long ago it had all the leader had
  SILENT     it has not asked for longer than a voter may: it is down or cut off

The brokers are asked, or a controller if --bootstrap names its listener.`,
		Example: `  gregor quorum
  gregor quorum --json | jq .leader
  gregor quorum --bootstrap localhost:9093`,
		Args: arguments(0, 0),
		RunE: func(c *cobra.Command, _ []string) error { return r.quorum(c.Context(), c.OutOrStdout()) },
	}
	r.flags(c)
	return c
}

// quorumJSON is the quorum as programs get it.
type quorumJSON struct {
	Leader        int32            `json:"leader"`
	LeaderEpoch   int32            `json:"leader_epoch"`
	HighWatermark int64            `json:"high_watermark"`
	Voters        []quorumNodeJSON `json:"voters"`
	Observers     []quorumNodeJSON `json:"observers"`
}

// quorumNodeJSON is what the leader knows of one node; -1 is a number it does not know.
type quorumNodeJSON struct {
	Node        int32    `json:"node"`
	Role        string   `json:"role"`
	Directory   string   `json:"directory,omitempty"`
	End         int64    `json:"end"`
	Lag         int64    `json:"lag"`
	FetchedAgo  int64    `json:"fetched_ms_ago"`
	CaughtUpAgo int64    `json:"caught_up_ms_ago"`
	Silent      bool     `json:"silent"`
	Listeners   []string `json:"listeners"`
}

// quorum asks the servers in turn, and prints the first response. A controller has no metadata for clients, so it is
// not asked for that first.
func (r *remote) quorum(ctx context.Context, out io.Writer) error {
	s, err := r.reach()
	if err != nil {
		return err
	}
	defer s.close()
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	answer, err := s.describeQuorum(ctx)
	if err != nil {
		return s.explain(err)
	}
	q := quorumOf(answer, time.Now())
	if r.json {
		return terminal.JSON(out, q)
	}
	q.write(out)
	return nil
}

// describeQuorum asks the brokers in turn. A controller that does not lead does not know, but names the one that does.
func (s *session) describeQuorum(ctx context.Context) (*kmsg.DescribeQuorumResponse, error) {
	var failed error
	for _, b := range s.client.SeedBrokers() {
		answer, err := askQuorum(ctx, b)
		if errors.Is(err, kerr.NotLeaderForPartition) {
			answer, err = s.askActive(ctx, b)
		}
		if err == nil {
			return answer, nil
		}
		failed = cmp.Or(failed, err)
	}
	return nil, failed
}

func askQuorum(ctx context.Context, b *kgo.Broker) (*kmsg.DescribeQuorumResponse, error) {
	req := kmsg.NewPtrDescribeQuorumRequest()
	t := kmsg.NewDescribeQuorumRequestTopic()
	t.Topic = "__cluster_metadata"
	t.Partitions = []kmsg.DescribeQuorumRequestTopicPartition{kmsg.NewDescribeQuorumRequestTopicPartition()}
	req.Topics = append(req.Topics, t)
	answer, err := req.RequestWith(ctx, b)
	switch {
	case err != nil:
		return nil, err
	case answer.ErrorCode != 0:
		return nil, refused("the quorum", kerr.ErrorForCode(answer.ErrorCode), text(answer.ErrorMessage))
	case len(answer.Topics) != 1 || len(answer.Topics[0].Partitions) != 1:
		return nil, errors.New("the answer is not about the quorum")
	}
	p := answer.Topics[0].Partitions[0]
	switch err := kerr.ErrorForCode(p.ErrorCode); {
	case errors.Is(err, kerr.NotLeaderForPartition):
		return nil, err
	case err != nil:
		return nil, refused("the quorum", err, text(p.ErrorMessage))
	}
	return answer, nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// askActive finds the controller that leads, by one that does not, and asks it.
func (s *session) askActive(ctx context.Context, b *kgo.Broker) (*kmsg.DescribeQuorumResponse, error) {
	const controllers = 2
	req := kmsg.NewPtrDescribeClusterRequest()
	req.EndpointType = controllers
	all, err := req.RequestWith(ctx, b)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all.Brokers, func(b kmsg.DescribeClusterResponseBroker) bool {
		return b.NodeID == all.ControllerID
	})
	if i < 0 {
		return nil, errors.New("the quorum has no leader now")
	}
	there := *s.remote
	there.bootstrap = []string{net.JoinHostPort(all.Brokers[i].Host, strconv.Itoa(int(all.Brokers[i].Port)))}
	active, err := there.reach()
	if err != nil {
		return nil, err
	}
	defer active.close()
	return askQuorum(ctx, active.client.SeedBrokers()[0])
}

// voterSilence is how long a voter may be silent before others take it for gone: controller.quorum.fetch.timeout.ms as
// Kafka has it by default.
const voterSilence = 2 * time.Second

func quorumOf(answer *kmsg.DescribeQuorumResponse, now time.Time) quorumJSON {
	p := answer.Topics[0].Partitions[0]
	q := quorumJSON{Leader: p.LeaderID, LeaderEpoch: p.LeaderEpoch, HighWatermark: p.HighWatermark,
		Voters: []quorumNodeJSON{}, Observers: []quorumNodeJSON{}}
	view := leaderView{answer: answer, leader: p.LeaderID, now: now.UnixMilli(), end: p.HighWatermark}
	for _, v := range p.CurrentVoters {
		if v.ReplicaID == p.LeaderID {
			view.end = v.LogEndOffset
			view.now = cmp.Or(max(v.LastFetchTimestamp, 0), view.now)
		}
	}
	for _, v := range p.CurrentVoters {
		q.Voters = append(q.Voters, view.node(v, "voter"))
	}
	for _, v := range p.Observers {
		q.Observers = append(q.Observers, view.node(v, "observer"))
	}
	return q
}

// leaderView is what times and offsets of an answer are measured against: the leader's own. It reports its clock as the
// time of its own last fetch, so that ours need not agree with it.
type leaderView struct {
	answer *kmsg.DescribeQuorumResponse
	leader int32
	now    int64
	end    int64
}

func (l *leaderView) node(v kmsg.DescribeQuorumResponseTopicPartitionReplicaState, role string) quorumNodeJSON {
	n := quorumNodeJSON{Node: v.ReplicaID, Role: role, Directory: directory(v.ReplicaDirectoryID), End: v.LogEndOffset,
		Lag:        -1,
		FetchedAgo: l.ago(v.LastFetchTimestamp), CaughtUpAgo: l.ago(v.LastCaughtUpTimestamp),
		Listeners: l.listeners(v.ReplicaID)}
	if v.LogEndOffset >= 0 {
		n.Lag = max(l.end-v.LogEndOffset, 0)
	}
	if v.ReplicaID == l.leader {
		n.Role, n.FetchedAgo, n.CaughtUpAgo = "leader", 0, 0
	}
	n.Silent = n.FetchedAgo < 0 || n.FetchedAgo > voterSilence.Milliseconds()
	return n
}

func (l *leaderView) ago(at int64) int64 {
	if at < 0 {
		return -1
	}
	return max(l.now-at, 0)
}

func directory(id [16]byte) string {
	if id == [16]byte{} {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(id[:])
}

func (l *leaderView) listeners(id int32) []string {
	all := []string{}
	for _, n := range l.answer.Nodes {
		for _, at := range n.Listeners {
			if n.NodeID == id {
				all = append(all, at.Name+"://"+net.JoinHostPort(at.Host, strconv.Itoa(int(at.Port))))
			}
		}
	}
	return all
}

func (q *quorumJSON) write(out io.Writer) {
	here := 0
	for _, v := range q.Voters {
		if !v.Silent {
			here++
		}
	}
	fmt.Fprintf(out, "leader %s, epoch %d, high watermark %d; %s, %d present, a majority is %d\n",
		terminal.Bold.Paint(strconv.Itoa(int(q.Leader)), terminal.Coloured(out)), q.LeaderEpoch, q.HighWatermark,
		terminal.Count(len(q.Voters), "voter"), here, quorum.Majority(len(q.Voters)))
	t := terminal.Table{Head: []string{"NODE", "ROLE", "END", "LAG", "FETCHED", "CAUGHT UP", "LISTENS ON", ""}}
	for _, n := range slices.Concat(q.Voters, q.Observers) {
		t.Add(n.Node, n.Role, terminal.Number(n.End), n.lag(), agoText(n.FetchedAgo), agoText(n.CaughtUpAgo),
			orDash(strings.Join(n.Listeners, ",")), n.flag())
	}
	t.Write(out)
}

func (n *quorumNodeJSON) lag() terminal.Cell {
	if n.Lag > 0 {
		return terminal.Cell{Text: terminal.Number(n.Lag), Style: terminal.Yellow}
	}
	return terminal.Cell{Text: terminal.Number(n.Lag)}
}

func (n *quorumNodeJSON) flag() terminal.Cell {
	if n.Silent {
		return terminal.Cell{Text: "SILENT", Style: terminal.Red}
	}
	return terminal.Cell{}
}

// agoText is how long ago something was; "-" if it never was.
func agoText(ms int64) string {
	switch {
	case ms < 0:
		return "-"
	case ms == 0:
		return "now"
	case ms < 1000:
		return fmt.Sprintf("%d ms ago", ms)
	case ms < 100_000:
		return fmt.Sprintf("%.1f s ago", float64(ms)/1000)
	}
	return (time.Duration(ms) * time.Millisecond).Round(time.Second).String() + " ago"
}
