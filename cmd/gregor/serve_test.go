package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"gregor/cmd/internal/story"
	"gregor/core/config"
)

// TestMain lets this test program be started again as the command: serve --brokers starts its own program.
func TestMain(m *testing.M) {
	if os.Getenv("GREGOR_MAIN") != "" {
		main()
		os.Exit(0)
	}
	_ = os.Setenv("GREGOR_MAIN", "1") // it fails for a name that cannot be one
	os.Exit(m.Run())
}

// TestLayoutOfAcluster: who is a controller, where everybody listens, and that each command line is one that a node
// understands.
func TestLayoutOfACluster(t *testing.T) {
	for _, c := range []struct {
		n      int
		voters string
		last   string // the last node's settings
	}{
		{2, "1@h:3", "node.id=2 process.roles=broker listeners=PLAINTEXT://h:2"},
		{3, "1@h:4,2@h:5,3@h:6", "node.id=3 process.roles=broker,controller listeners=PLAINTEXT://h:3,CONTROLLER://h:6"},
		{4, "1@h:5,2@h:6,3@h:7", "node.id=4 process.roles=broker listeners=PLAINTEXT://h:4"},
		{6, "1@h:7,2@h:8,3@h:9,4@h:10,5@h:11", "node.id=6 process.roles=broker listeners=PLAINTEXT://h:6"},
	} {
		addrs := []string{"h:1", "h:2", "h:3", "h:4", "h:5", "h:6", "h:7", "h:8", "h:9", "h:10", "h:11"}
		all := members(c.n, "/d", addrs)
		require.Equal(t, c.voters, voters(all), "%d brokers", c.n)
		last := all[len(all)-1]
		require.Equal(t, c.last, strings.Join(last.sets(voters(all))[:3], " "))
		require.Equal(t, filepath.Join("/d", last.sets("")[0][len("node.id="):]), last.dir)
		for _, m := range all {
			var entries []config.Entry
			for _, s := range m.sets(voters(all)) {
				e, err := config.ParseSet(s)
				require.NoError(t, err)
				entries = append(entries, e)
			}
			_, err := config.NewBroker(entries)
			require.NoError(t, err)
		}
	}
}

func TestReplicasOfACluster(t *testing.T) {
	c, err := config.NewBroker([]config.Entry{{Name: "min.insync.replicas", Value: "1"}})
	require.NoError(t, err)
	require.Equal(t, "default.replication.factor=3 offsets.topic.replication.factor=3 transaction.state.log.replication.factor=3 "+
		"transaction.state.log.min.isr=2", strings.Join(clusterSets(5, c), " "), "what is given stays")
	require.Contains(t, clusterSets(2, c), "transaction.state.log.min.isr=1")
}

func TestClusterIDStays(t *testing.T) {
	all := members(2, t.TempDir(), []string{"h:1", "h:2", "h:3"})
	fresh, err := clusterID(all)
	require.NoError(t, err)
	require.Len(t, fresh, 22)
	require.NoError(t, os.MkdirAll(all[1].dir, 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(all[1].dir, "meta.properties"),
		[]byte("version=1\ncluster.id=MkU3OEVBNTcwNTJENDM2Qg\nnode.id=2\n"), 0o666))
	known, err := clusterID(all)
	require.NoError(t, err)
	require.Equal(t, "MkU3OEVBNTcwNTJENDM2Qg", known)
}

func TestSettingsOfOneNodeAreNotForAll(t *testing.T) {
	_, stderr, code := gregor(t.Context(), "", "serve", "--brokers", "3", "--set", "node.id=7")
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "node.id is set, and with --brokers every process has its own")
	_, stderr, code = gregor(t.Context(), "", "serve", "--brokers", "33")
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "from 1 to 32")
	_, stderr, code = gregor(t.Context(), "", "serve", "--cluster-id", "short")
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "cluster.id=\"short\"")
}

func TestShellQuoting(t *testing.T) {
	require.Equal(t, `gregor --data '/a b' 'it'\''s' ''`, story.Quoted([]string{"gregor", "--data", "/a b", "it's", ""}))
}

func TestLogLinesStayWhole(t *testing.T) {
	var out bytes.Buffer
	log := &lines{to: &out}
	a, b := &lineWriter{to: log, prefix: "a: "}, &lineWriter{to: log, prefix: "b: "}
	for _, w := range []struct {
		to   io.Writer
		text string
	}{{a, "one\ntw"}, {b, "three\n"}, {a, "o\n\n"}, {b, strings.Repeat("x", longestLine+1)}} {
		_, err := w.to.Write([]byte(w.text))
		require.NoError(t, err)
	}
	require.Equal(t, "a: one\nb: three\na: two\na: \nb: "+strings.Repeat("x", longestLine+1)+"\n", out.String())
}

// stage is a place to write a command's output that can be read meanwhile.
type stage struct{ lines }

func (s *stage) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.to.Write(p)
}

func (s *stage) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.to.(*bytes.Buffer).String()
}

// TestServeBrokers starts a cluster of processes: one line when it is ready, one when a process dies, with a command
// that starts it again, and all of them gone at the end.
func TestServeBrokers(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	out := &stage{lines{to: &bytes.Buffer{}}}
	o := serveOptions{brokers: 3, dataDir: t.TempDir(), quiet: true, sets: []string{"offsets.topic.num.partitions=1"}}
	children, dir, err := layOut(o)
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- runCluster(ctx, children, dir, out) }()
	require.Eventually(t, func() bool { return out.text() != "" }, 30*time.Second, 10*time.Millisecond)
	require.Regexp(t, regexp.MustCompile(`^ready: 3 brokers on 127\.0\.0\.1:\d+, 127\.0\.0\.1:\d+, 127\.0\.0\.1:\d+, data in .*, after \d+ ms\n$`), out.text())
	requireCluster(t, children)
	require.NoError(t, children[1].cmd.Process.Kill())
	require.Eventually(t, func() bool { return strings.Count(out.text(), "\n") == 3 }, 30*time.Second, 10*time.Millisecond)
	require.Regexp(t, regexp.MustCompile(`\nbroker 2 ended \(signal: killed\); the others go on\. To start it again:\n  \S+ serve --config \S+/2\.properties( --quiet)?\n$`), out.text())
	startAgain(t, strings.Split(out.text(), "\n")[2])
	stop()
	require.NoError(t, <-ended)
	for _, i := range []int{0, 2} {
		require.NoError(t, children[i].err, "broker %d stops in an orderly way", i+1)
	}
}

// requireCluster checks that the processes know each other.
func requireCluster(t *testing.T, children []*child) {
	c, err := kgo.NewClient(kgo.SeedBrokers(children[0].broker))
	require.NoError(t, err)
	defer c.Close()
	told, err := kadm.NewClient(c).BrokerMetadata(t.Context())
	require.NoError(t, err)
	settings, err := os.ReadFile(children[0].file())
	require.NoError(t, err)
	require.Contains(t, string(settings), "\ncluster.id="+told.Cluster+"\n")
	require.Len(t, told.Brokers, len(children))
	for i, b := range told.Brokers {
		require.Equal(t, children[i].broker, fmt.Sprintf("%s:%d", b.Host, b.Port))
	}
}

// startAgain runs the command that was printed, and stops what it started.
func startAgain(t *testing.T, command string) {
	again := exec.Command("sh", "-c", "exec "+command)
	out, err := again.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, again.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Regexp(t, `^ready: broker 2 on `, line)
	require.NoError(t, again.Process.Signal(os.Interrupt))
	require.NoError(t, again.Wait())
}
