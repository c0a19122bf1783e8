package main

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gregor/cmd/internal/ports"
	"gregor/cmd/internal/story"
	"gregor/core/config"
	"gregor/core/kafka"
)

// member is one node of a cluster on this machine.
type member struct {
	id         kafka.NodeID
	dir        string
	broker     string // where it listens, host:port
	controller string // "" if it is no controller
}

// maxBrokers bounds how many processes are started on one machine.
const maxBrokers = 32

// controllers is how many of n nodes make the quorum: the largest odd number up to five.
func controllers(n int) int { return (min(n, 5)-1)/2*2 + 1 }

// members lays out a cluster of n nodes: the brokers on the first n addresses, the controllers on the next.
func members(n int, dir string, addrs []string) []member {
	all := make([]member, n)
	for i := range all {
		all[i] = member{id: kafka.NodeID(i + 1), dir: filepath.Join(dir, strconv.Itoa(i+1)), broker: addrs[i]}
		if i < controllers(n) {
			all[i].controller = addrs[n+i]
		}
	}
	return all
}

// voters is the quorum as controller.quorum.voters has it.
func voters(all []member) string {
	var list []string
	for _, m := range all {
		if m.controller != "" {
			list = append(list, fmt.Sprintf("%d@%s", m.id, m.controller))
		}
	}
	return strings.Join(list, ",")
}

// sets are the settings that make a node the member m.
func (m member) sets(voters string) []string {
	roles, listeners := "broker", "PLAINTEXT://"+m.broker
	if m.controller != "" {
		roles, listeners = "broker,controller", listeners+",CONTROLLER://"+m.controller
	}
	return []string{"node.id=" + strconv.Itoa(int(m.id)), "process.roles=" + roles, "listeners=" + listeners,
		"controller.listener.names=CONTROLLER", "controller.quorum.voters=" + voters}
}

// own are the settings of which each member has its own: they cannot be set for all.
var own = []string{"node.id", "broker.id", "process.roles", "listeners", "advertised.listeners",
	"controller.listener.names",
	"controller.quorum.voters", "controller.quorum.bootstrap.servers", "log.dirs", "log.dir", "metadata.log.dir"}

// clusterSets are the settings of a whole cluster, where they are not given: what is written once is not lost
// with one node.
func clusterSets(n int, c *config.Broker) (sets []string) {
	copies, enough := strconv.Itoa(min(n, 3)), strconv.Itoa(max(1, min(n, 3)-1))
	for _, s := range [][2]string{{"default.replication.factor", copies}, {"min.insync.replicas", enough},
		{"offsets.topic.replication.factor", copies}, {"transaction.state.log.replication.factor", copies},
		{"transaction.state.log.min.isr", enough}} {
		if c.Source(s[0]) == config.Default {
			sets = append(sets, s[0]+"="+s[1])
		}
	}
	return sets
}

// file is where the member's settings are: beside its directory, so that one short command starts it again.
func (m member) file() string { return m.dir + ".properties" }

// arguments are the command line of a member.
func (m member) arguments(o serveOptions) []string {
	args := []string{"serve", "--config", m.file()}
	if o.quiet {
		args = append(args, "--quiet")
	}
	if o.noZeroCopy {
		args = append(args, "--no-zero-copy")
	}
	return args
}

// settings are those of the member: those of the whole cluster, what was asked for, and its own. A later one replaces
// an earlier one of its name.
func (m member) settings(o serveOptions, cluster []string, voters string) ([]config.Entry, error) {
	asked, err := entriesOf(o)
	if err != nil {
		return nil, err
	}
	common, err := parseSets(cluster)
	if err != nil {
		return nil, err
	}
	own, err := parseSets(append(m.sets(voters), "log.dirs="+m.dir, "cluster.id="+o.clusterID))
	if err != nil {
		return nil, err
	}
	var all []config.Entry
	for _, e := range slices.Concat(common, asked, own) {
		all = slices.DeleteFunc(all, func(before config.Entry) bool { return before.Name == e.Name })
		all = append(all, e)
	}
	return all, nil
}

// write writes the member's settings to its file.
func (m member) write(settings []config.Entry) error {
	text := fmt.Sprintf("# Settings of node %d. Start it with: gregor serve --config %s\n%s", m.id,
		story.Quoted([]string{m.file()}), config.FormatProperties(settings))
	if err := os.MkdirAll(filepath.Dir(m.file()), 0o755); err != nil {
		return err
	}
	return os.WriteFile(m.file(), []byte(text), 0o644)
}

// findAddresses finds n free ports on this machine: those from 9092 on, or any.
func findAddresses(n int) ([]string, error) {
	if addrs, err := listenable(n, 9092); err == nil {
		return addrs, nil
	}
	return ports.Free(n)
}

// listenable are n addresses with ports from first on, none of which a process listens on.
func listenable(n, first int) (addrs []string, err error) {
	for i := range n {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first+i))
		if err != nil {
			return nil, err
		}
		defer l.Close()
		addrs = append(addrs, l.Addr().String())
	}
	return addrs, nil
}

// clusterID is the id that a directory of the cluster was formatted with, or a new one.
func clusterID(all []member) (string, error) {
	for _, m := range all {
		text, err := os.ReadFile(filepath.Join(m.dir, "meta.properties"))
		if err != nil {
			continue // not formatted
		}
		entries, err := config.ParseProperties("meta.properties", string(text))
		if err != nil {
			return "", fmt.Errorf("%s: %w", m.dir, err)
		}
		for _, e := range entries {
			if e.Name == "cluster.id" {
				return e.Value, nil
			}
		}
	}
	var b [16]byte
	_, err := rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:]), err
}
