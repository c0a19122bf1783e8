package config

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// kafkaRow is one line of testdata/kafka-4.3.tsv: what Kafka's own code says of a config.
type kafkaRow struct{ kind, name, typ, def, importance, limit, mode, visibility string }

func kafkaRows(t *testing.T) (rows []kafkaRow, synonyms map[string][]string) {
	text, err := os.ReadFile("testdata/kafka-4.3.tsv")
	require.NoError(t, err)
	synonyms = map[string][]string{}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch {
		case f[0] == "synonym":
			synonyms[f[1]] = f[2:]
		case len(f) == 8:
			rows = append(rows, kafkaRow{f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7]})
		}
	}
	require.Greater(t, len(rows), 400)
	return rows, synonyms
}

func TestEveryConfigIsAsKafkaSays(t *testing.T) {
	rows, synonyms := kafkaRows(t)
	sets := map[string]*Set{"broker": Brokers, "topic": Topics, "group": Groups}
	count := map[string]int{}
	for _, r := range rows {
		count[r.kind]++
		d, ok := sets[r.kind].Lookup(r.name)
		if !ok {
			t.Errorf("%s config %s of Kafka is missing", r.kind, r.name)
			continue
		}
		require.Equal(t, strings.ToLower(r.typ), d.Type.String(), "type of %s", r.name)
		require.Equal(t, strings.ToLower(r.importance), d.Importance.String(), "importance of %s", r.name)
		require.Equal(t, r.visibility == "internal", d.Internal, "visibility of %s", r.name)
		if r.kind == "broker" {
			require.Equal(t, r.mode, d.Mode.String(), "mode of %s", r.name)
		}
		requireKafkaDefault(t, r, d)
		requireKafkaLimit(t, r, d)
	}
	count["broker"] += len(beyond)
	for kind, n := range count {
		require.Len(t, sets[kind].All(), n, "%s configs that Kafka does not have", kind)
	}
	for i := range Topics.All() {
		d := &Topics.All()[i]
		var names []string
		for _, s := range d.Synonyms {
			names = append(names, s.Name)
		}
		require.Equal(t, synonyms[d.Name], names, "synonyms of %s", d.Name)
	}
}

// beyond are the broker configs that are not in that table: Kafka's that exist on the wire only (QuotaConfig), and
// Gregor's own.
var beyond = []string{"leader.replication.throttled.rate", "follower.replication.throttled.rate",
	"replica.alter.log.dirs.io.max.bytes.per.second", "cluster.id"}

// differing are Gregor's own defaults. Each is here so that nobody adds one without thinking.
var differing = map[string]string{
	"listeners": "PLAINTEXT://127.0.0.1:9092", "node.id": "1", "process.roles": "broker,controller",
	"controller.listener.names": "CONTROLLER", "log.dir": "data", "offsets.topic.replication.factor": "1",
	"transaction.state.log.replication.factor": "1", "transaction.state.log.min.isr": "1",
}

func requireKafkaDefault(t *testing.T, r kafkaRow, d *Def) {
	own, differs := differing[r.name]
	if r.kind == "broker" && differs {
		require.NotEmpty(t, d.Differs, r.name)
		require.Equal(t, own, d.Default, r.name)
		require.NotEqual(t, r.def, d.Default, "%s says it differs, but does not", r.name)
		return
	}
	require.Empty(t, d.Differs, r.name)
	if r.def == "<null>" || r.def == "<none>" {
		require.False(t, d.HasDefault, "%s has no default in Kafka", r.name)
		return
	}
	require.True(t, d.HasDefault, "%s has a default in Kafka", r.name)
	require.Equal(t, r.def, d.Default, "default of %s", r.name)
}

// requireKafkaLimit tries values at the edges Kafka prints: [lo,...], [lo,...,hi], [one, of, these].
func requireKafkaLimit(t *testing.T, r kafkaRow, d *Def) {
	body, ok := strings.CutPrefix(r.limit, "[")
	if !ok || strings.Contains(body, "partitionId") || strings.Contains(body, "0.5") {
		return
	}
	body, _, _ = strings.Cut(body, "]")
	if !strings.Contains(body, "...") {
		for _, name := range strings.Split(body, ", ") {
			if !strings.HasPrefix(name, "by_duration") {
				requireTakes(t, d, name, true)
			}
		}
		requireTakes(t, d, "no-such-word", false)
		return
	}
	parts := strings.Split(body, ",...")
	lo, err := strconv.ParseInt(parts[0], 10, 64)
	require.NoError(t, err)
	requireTakes(t, d, parts[0], true)
	if !strings.Contains(r.limit, "or -1") {
		requireTakes(t, d, strconv.FormatInt(lo-1, 10), false)
	}
	if hi := strings.TrimPrefix(parts[1], ","); hi != "" {
		n, err := strconv.ParseInt(hi, 10, 64)
		require.NoError(t, err)
		requireTakes(t, d, hi, true)
		requireTakes(t, d, strconv.FormatInt(n+1, 10), false)
	}
}

func requireTakes(t *testing.T, d *Def, value string, want bool) {
	t.Helper()
	_, err := d.parse(value)
	require.Equal(t, want, err == nil, "%s=%s: %v", d.Name, value, err)
}

func TestEveryConfigSaysWhatItIs(t *testing.T) {
	for _, set := range []*Set{Brokers, Topics, Groups} {
		for _, d := range set.All() {
			require.True(t, strings.HasSuffix(d.Doc, "."), "%s: the doc is one sentence: %q", d.Name, d.Doc)
		}
	}
}
