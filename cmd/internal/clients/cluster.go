package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"gregor/cmd/internal/ports"
)

// cluster is three brokers, each a process and a controller as well.
type cluster struct {
	nodes       []*server
	controllers []string // where each listens as a controller
}

const clusterSize = 3

// startCluster starts the brokers on free ports. What is written to its topics is on all three of them, and safe when
// two have it; a snapshot of the metadata is taken soon.
func startCluster(ctx context.Context, b built) (*cluster, error) {
	c := &cluster{}
	addrs, err := ports.Free(2 * clusterSize)
	if err != nil {
		return c, err
	}
	c.controllers = addrs[clusterSize:]
	var voters []string
	for i, addr := range c.controllers {
		voters = append(voters, fmt.Sprintf("%d@%s", i+1, addr))
	}
	for i := range clusterSize {
		c.nodes = append(c.nodes, &server{binary: b.binary, dir: filepath.Join(b.dir, fmt.Sprint("node", i+1)),
			addr: addrs[i], sets: []string{
				fmt.Sprint("node.id=", i+1), "process.roles=broker,controller", "controller.listener.names=CONTROLLER",
				"controller.quorum.voters=" + strings.Join(voters, ","),
				"cluster.id=" + base64.RawURLEncoding.EncodeToString([]byte("gregor's clients")),
				"default.replication.factor=3", "min.insync.replicas=2", "offsets.topic.replication.factor=3",
				"num.partitions=3", "offsets.topic.num.partitions=5", "group.initial.rebalance.delay.ms=300",
				"metadata.log.max.record.bytes.between.snapshots=4000"}})
	}
	for i := range c.nodes {
		if err := c.begin(ctx, i); err != nil {
			return c, err
		}
	}
	for _, n := range c.nodes {
		if err := n.await(); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (c *cluster) begin(ctx context.Context, i int) error {
	return c.nodes[i].begin(ctx, fmt.Sprintf("listeners=PLAINTEXT://%s,CONTROLLER://%s", c.nodes[i].addr,
		c.controllers[i]))
}

func (c *cluster) restart(ctx context.Context, i int) error {
	if err := c.begin(ctx, i); err != nil {
		return err
	}
	return c.nodes[i].await()
}

func (c *cluster) bootstrap() string {
	var all []string
	for _, n := range c.nodes {
		all = append(all, n.addr)
	}
	return strings.Join(all, ",")
}

func (c *cluster) kill() {
	for _, n := range c.nodes {
		n.kill()
	}
}

// stop ends all brokers as an operator would, together.
func (c *cluster) stop() error {
	errs := make(chan error)
	for _, n := range c.nodes {
		go func() { errs <- n.stop() }()
	}
	var first error
	for range c.nodes {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	return first
}

// whole waits until every partition has a leader and all its replicas keep up.
func (c *cluster) whole(ctx context.Context) error {
	return c.admin(ctx, func(ctx context.Context, a *kadm.Client) error {
		return eventually(ctx, func() error {
			all, err := a.Metadata(ctx)
			if err != nil {
				return err
			}
			if len(all.Brokers) != clusterSize {
				return fmt.Errorf("%d brokers are there", len(all.Brokers))
			}
			return lacking(all.Topics)
		})
	})
}

// elect gives partitions their preferred leaders back.
func (c *cluster) elect(ctx context.Context) error {
	return c.admin(ctx, func(ctx context.Context, a *kadm.Client) error {
		_, err := a.ElectLeaders(ctx, kadm.ElectPreferredReplica, nil)
		return err
	})
}

func (c *cluster) admin(ctx context.Context, do func(context.Context, *kadm.Client) error) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(c.bootstrap(), ",")...),
		kgo.MetadataMinAge(50*time.Millisecond))
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, stepMax)
	defer cancel()
	return do(ctx, kadm.NewClient(client))
}

func lacking(topics kadm.TopicDetails) (err error) {
	topics.EachPartition(func(p kadm.PartitionDetail) {
		if p.Leader < 0 || len(p.ISR) < len(p.Replicas) {
			err = fmt.Errorf("%s-%d is led by %d, and of %v only %v keep up", p.Topic, p.Partition, p.Leader, p.Replicas, p.ISR)
		}
	})
	return err
}
