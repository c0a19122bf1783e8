package config

import (
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func describedCount(b *Broker) int {
	n := 0
	for i := range Brokers.All() {
		if !Brokers.All()[i].Internal || b.source[i] != Default {
			n++
		}
	}
	return n + len(b.others())
}

func broker(t *testing.T, nameValues ...string) *Broker {
	t.Helper()
	b, err := NewBroker(entries(nameValues...))
	require.NoError(t, err)
	return b
}

func entries(nameValues ...string) (out []Entry) {
	for i := 0; i < len(nameValues); i += 2 {
		out = append(out, Entry{Name: nameValues[i], Value: nameValues[i+1]})
	}
	return out
}

func TestDefaultsOfATopic(t *testing.T) {
	topic, err := broker(t).Topic(nil)
	require.NoError(t, err)
	require.Equal(t, int64(604800000), topic.Long("retention.ms"))
	require.Equal(t, 1<<30, topic.SegmentBytes())
	require.Equal(t, 50, topic.Percent("min.cleanable.dirty.ratio"))
	require.Equal(t, int64(500000), topic.Millionths("min.cleanable.dirty.ratio"))
	require.True(t, topic.Has("delete"))
	require.False(t, topic.Has("compact"))
	require.Equal(t, time.Duration(math.MaxInt64), topic.Millis("flush.ms"))
	require.Equal(t, Default, topic.Source("retention.ms"))
}

func TestRetentionFallsBackThroughItsSynonyms(t *testing.T) {
	for _, c := range []struct {
		broker []string
		want   int64
		source Source
	}{
		{nil, 168 * 3600_000, Default},
		{[]string{"log.retention.hours", "2"}, 7200_000, StaticBroker},
		{[]string{"log.retention.hours", "2", "log.retention.minutes", "5"}, 300_000, StaticBroker},
		{[]string{"log.retention.minutes", "5", "log.retention.ms", "77"}, 77, StaticBroker},
		{[]string{"log.retention.hours", "-1"}, -1, StaticBroker},
		{[]string{"log.retention.hours", "2147483647"}, 2147483647 * 3600_000, StaticBroker},
	} {
		topic, err := broker(t, c.broker...).Topic(nil)
		require.NoError(t, err)
		require.Equal(t, c.want, topic.Long("retention.ms"), "%v", c.broker)
		require.Equal(t, c.source, topic.Source("retention.ms"), "%v", c.broker)
	}
}

// TestDescribeLayers follows one value through all its layers; the order of synonyms is that of Kafka's
// ConfigHelper: layer by layer, and within a layer by the order of the synonyms.
func TestDescribeLayers(t *testing.T) {
	b := broker(t, "log.retention.ms", "1000", "log.retention.minutes", "9")
	b, err := b.With(entries("log.retention.ms", "3000"), entries("log.retention.ms", "2000"))
	require.NoError(t, err)
	topic, err := b.Topic(entries("retention.ms", "4000"))
	require.NoError(t, err)
	got := described(t, topic.Describe(), "retention.ms")
	require.Equal(t, "4000", got.Text)
	require.Equal(t, DynamicTopic, got.Source)
	require.Equal(t, []SynonymValue{
		{"retention.ms", "4000", DynamicTopic},
		{"log.retention.ms", "3000", DynamicBroker},
		{"log.retention.ms", "2000", DynamicDefaultBroker},
		{"log.retention.ms", "1000", StaticBroker},
		{"log.retention.minutes", "9", StaticBroker},
		{"log.retention.hours", "168", Default},
	}, got.Synonyms)
	plain, err := b.Topic(nil)
	require.NoError(t, err)
	require.Equal(t, int64(3000), plain.Long("retention.ms"))
	require.Equal(t, DynamicBroker, plain.Source("retention.ms"))
	own := described(t, b.Describe(), "log.retention.ms")
	require.Equal(t, DynamicBroker, own.Source)
	require.Equal(t, got.Synonyms[1:], own.Synonyms)
}

// TestDescribeOfAValueThatFollowsFromAnother holds what a Kafka 4.3.0 broker with log.retention.hours=100 said.
func TestDescribeOfAValueThatFollowsFromAnother(t *testing.T) {
	b := broker(t, "log.retention.hours", "100")
	topic, err := b.Topic(nil)
	require.NoError(t, err)
	got := described(t, topic.Describe(), "retention.ms")
	require.Equal(t, "360000000", got.Text)
	require.Equal(t, Default, got.Source)
	require.Empty(t, got.Synonyms)
	require.Equal(t, StaticBroker, topic.Source("retention.ms"), "Source is the real one all the same")
	require.Equal(t, []SynonymValue{{"log.retention.hours", "100", StaticBroker}, {"log.retention.hours", "168", Default}},
		described(t, b.Describe(), "log.retention.hours").Synonyms)
	require.Empty(t, described(t, b.Describe(), "log.retention.ms").Synonyms)
}

func described(t *testing.T, all []Value, name string) Value {
	for _, v := range all {
		if v.Def.Name == name {
			return v
		}
	}
	t.Fatalf("%s is not described", name)
	return Value{}
}

func TestASnapshotNeverChanges(t *testing.T) {
	b := broker(t, "num.partitions", "3")
	next, err := b.With(nil, entries("message.max.bytes", "5000"))
	require.NoError(t, err)
	require.Equal(t, 1048588, b.Int("message.max.bytes"))
	require.Equal(t, 5000, next.Int("message.max.bytes"))
	require.Equal(t, 3, next.Int("num.partitions"))
	gone, err := next.With(nil, nil)
	require.NoError(t, err)
	require.Equal(t, 1048588, gone.Int("message.max.bytes"))
}

func TestPasswordsAreNeverShown(t *testing.T) {
	b := broker(t, "ssl.key.password", "hunter2")
	v := described(t, b.Describe(), "ssl.key.password")
	require.True(t, v.Null)
	require.Empty(t, v.Text)
	require.Empty(t, v.Synonyms[0].Text)
	require.Equal(t, "hunter2", b.Text("ssl.key.password"))
}

func TestErrorsNamePlaceValueAndTheNearestName(t *testing.T) {
	for _, c := range []struct {
		e    Entry
		want string
	}{
		{Entry{Name: "num.partition", Value: "3", Origin: "--set"},
			`--set: unknown broker config "num.partition"; did you mean num.partitions?`},
		{Entry{Name: "num_partitions", Value: "3", Origin: "--set"},
			`--set: unknown broker config "num_partitions"; did you mean num.partitions?`},
		{Entry{Name: "NUM.PARTITIONS", Value: "3", Origin: "--set"},
			`--set: unknown broker config "NUM.PARTITIONS"; did you mean num.partitions?`},
		{Entry{Name: "retention.ms", Value: "3", Origin: "--set"},
			`--set: unknown broker config "retention.ms"; did you mean log.retention.ms? (retention.ms is the name of a topic config)`},
		{Entry{Name: "completely.else", Value: "3", Origin: "--set"}, `--set: unknown broker config "completely.else"`},
		{Entry{Name: "num.partitions", Value: "three", Origin: "f:1"},
			`f:1: broker config num.partitions: value "three" is not an int (-2147483648 to 2147483647)`},
		{Entry{Name: "num.partitions", Value: "0", Origin: "f:1"},
			`f:1: broker config num.partitions: value "0" is not allowed: must be 1 or more`},
		{Entry{Name: "num.partitions", Value: "2147483648", Origin: "f:1"},
			`f:1: broker config num.partitions: value "2147483648" is not an int (-2147483648 to 2147483647)`},
		{Entry{Name: "auto.create.topics.enable", Value: "yes", Origin: "f:1"},
			`f:1: broker config auto.create.topics.enable: value "yes" is not a boolean (true or false)`},
		{Entry{Name: "compression.type", Value: "lz5", Origin: "f:1"},
			`f:1: broker config compression.type: value "lz5" is not allowed: must be uncompressed, zstd, lz4, snappy, gzip or producer`},
		{Entry{Name: "log.cleaner.min.cleanable.ratio", Value: "1.5", Origin: "f:1"},
			`f:1: broker config log.cleaner.min.cleanable.ratio: value "1.5" is not allowed: must be 0 to 1`},
		{Entry{Name: "authorizer.class.name", Value: "x.Y", Origin: "f:1"},
			`broker config authorizer.class.name: value "x.Y" is refused: Gregor has no authorization, and every client may do everything`},
		{Entry{Name: "listeners", Value: "SSL://:9093", Origin: "f:1"},
			`listeners: listener SSL asks for SSL; Gregor speaks PLAINTEXT only`},
		{Entry{Name: "listeners", Value: "localhost:9092", Origin: "f:1"},
			`listeners: "localhost:9092" is not NAME://host:port`},
		{Entry{Name: "log.retention.ms", Value: "0", Origin: "f:1"},
			`log.retention.ms=0: must be 1 or more, or -1 for no limit`},
	} {
		_, err := NewBroker([]Entry{c.e})
		require.ErrorContains(t, err, c.want)
	}
	_, err := broker(t).Topic(entries("log.retention.ms", "1"))
	require.EqualError(t, err, `unknown topic config "log.retention.ms"; did you mean retention.ms? (log.retention.ms is the name of a broker config)`)
	_, err = broker(t).Topic(entries("min.compaction.lag.ms", "10", "max.compaction.lag.ms", "9"))
	require.ErrorContains(t, err, "is above")
	_, err = NewBroker(entries("num.partitions", "x", "node.id", "y"))
	require.ErrorContains(t, err, "num.partitions")
	require.ErrorContains(t, err, "node.id", "all that is wrong is reported at once")
}

func TestReadOnlyConfigsNeedARestart(t *testing.T) {
	_, err := broker(t).With(nil, entries("num.partitions", "3"))
	require.ErrorContains(t, err, "broker config num.partitions is read-only")
}

func TestListeners(t *testing.T) {
	b := broker(t, "listeners", "PLAINTEXT://0.0.0.0:9092, CONTROLLER://[::1]:9093,inside://:0",
		"advertised.listeners", "INSIDE://:0, PLAINTEXT://b1:9092", "listener.security.protocol.map",
		"PLAINTEXT:PLAINTEXT,INSIDE:PLAINTEXT")
	got, err := b.Listeners()
	require.NoError(t, err)
	require.Equal(t, []Listener{{"PLAINTEXT", "PLAINTEXT", "0.0.0.0", 9092}, {"CONTROLLER", "PLAINTEXT", "::1", 9093},
		{"INSIDE", "PLAINTEXT", "", 0}}, got)
	require.Equal(t, "[::1]:9093", got[1].Addr())
	told, err := b.AdvertisedListeners()
	require.NoError(t, err)
	require.Equal(t, []Listener{got[2], {"PLAINTEXT", "PLAINTEXT", "b1", 9092}}, told)
}

// TestListenersOfTheRoles: who is reached where, for the ways people write it down.
func TestListenersOfTheRoles(t *testing.T) {
	stock := []string{"listeners", "PLAINTEXT://:9092,CONTROLLER://:9093", "inter.broker.listener.name", "PLAINTEXT",
		"advertised.listeners", "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093", "controller.listener.names",
		"CONTROLLER",
		"listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"}
	for _, c := range []struct {
		of                             []string
		broker, controller, advertised string
		toldController                 string
		roles                          Roles
	}{
		{nil, "PLAINTEXT://127.0.0.1:9092", "PLAINTEXT://127.0.0.1:9092", "PLAINTEXT://127.0.0.1:9092",
			"PLAINTEXT://127.0.0.1:9092", Roles{true, true}},
		{[]string{"process.roles", ""}, "PLAINTEXT://127.0.0.1:9092", "PLAINTEXT://127.0.0.1:9092",
			"PLAINTEXT://127.0.0.1:9092", "PLAINTEXT://127.0.0.1:9092", Roles{true, true}},
		{stock, "PLAINTEXT://:9092", "CONTROLLER://:9093", "PLAINTEXT://localhost:9092", "CONTROLLER://localhost:9093",
			Roles{true, true}},
		{[]string{"process.roles", "broker", "listeners", "PLAINTEXT://a:1"}, "PLAINTEXT://a:1", "", "PLAINTEXT://a:1", "",
			Roles{true, false}},
		{[]string{"process.roles", "controller", "listeners", "CONTROLLER://a:1"}, "", "CONTROLLER://a:1", "",
			"CONTROLLER://a:1", Roles{false, true}},
		{[]string{"listeners", "PLAINTEXT://a:1,CONTROLLER://a:2", "advertised.listeners", "PLAINTEXT://b:3"},
			"PLAINTEXT://a:1", "CONTROLLER://a:2", "PLAINTEXT://b:3", "CONTROLLER://a:2", Roles{true, true}},
	} {
		b := broker(t, c.of...)
		require.Equal(t, c.roles, b.Roles(), "%v", c.of)
		for _, is := range []struct {
			of   func() ([]Listener, error)
			want string
		}{{b.BrokerListeners, c.broker}, {b.ControllerListeners, c.controller},
			{b.AdvertisedListeners, c.advertised}, {b.AdvertisedControllerListeners, c.toldController}} {
			got, err := is.of()
			require.NoError(t, err)
			require.Equal(t, is.want, joined(got), "%v", c.of)
		}
	}
	require.Equal(t, "INSIDE", broker(t, "listeners", "INSIDE://:1", "listener.security.protocol.map", "inside:plaintext",
		"inter.broker.listener.name", "inside").InterBrokerListener())
	require.Equal(t, "PLAINTEXT", broker(t).InterBrokerListener())
	require.Equal(t, "INSIDE", broker(t, "listeners", "INSIDE://:1,CONTROLLER://:2", "listener.security.protocol.map",
		"INSIDE:PLAINTEXT").InterBrokerListener(), "a broker's only listener is the one that brokers use")
}

func joined(all []Listener) string {
	var texts []string
	for _, l := range all {
		texts = append(texts, l.String())
	}
	return strings.Join(texts, ",")
}

// TestRolesThatDoNotGoTogether are mistakes that Kafka refuses as well.
func TestRolesThatDoNotGoTogether(t *testing.T) {
	two := []string{"listeners", "INSIDE://:1,OUTSIDE://:2", "listener.security.protocol.map",
		"INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT"}
	for _, c := range []struct {
		of   []string
		want string
	}{
		{[]string{"listeners", "CONTROLLER://:1"}, "listeners has none for the broker: all are in controller.listener.names=CONTROLLER"},
		{[]string{"controller.listener.names", "QUORUM"},
			"listeners has none for the controller: none is in controller.listener.names=QUORUM"},
		{[]string{"process.roles", "broker", "listeners", "PLAINTEXT://:1,CONTROLLER://:2"},
			"by process.roles this node is not a controller"},
		{[]string{"inter.broker.listener.name", "INSIDE"},
			"inter.broker.listener.name=INSIDE is not one of the broker's listeners: PLAINTEXT"},
		{two, "inter.broker.listener.name=PLAINTEXT is not one of the broker's listeners: INSIDE,OUTSIDE"},
		{append(two, "inter.broker.listener.name", "INSIDE", "advertised.listeners", "OUTSIDE://h:2"),
			"advertised.listeners has no INSIDE, and brokers reach each other by it"},
		{append(two, "inter.broker.listener.name", "INSIDE", "advertised.listeners", "INSIDE://h:1,ELSEWHERE://h:2",
			"listener.security.protocol.map", "INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT,ELSEWHERE:PLAINTEXT"),
			"advertised.listeners: ELSEWHERE is not one of listeners: INSIDE,OUTSIDE"},
		{[]string{"listeners", "PLAINTEXT://0.0.0.0:9092"}, "no client can connect to PLAINTEXT://0.0.0.0:9092"},
		{[]string{"listeners", "PLAINTEXT://[::]:9092"}, "no client can connect to PLAINTEXT://[::]:9092"},
		{[]string{"node.id", "4", "controller.quorum.voters", "1@a:1,2@b:1,44@c:1"},
			"controller.quorum.voters does not name node 4, which is a controller"},
		{[]string{"node.id", "4", "process.roles", "broker", "controller.quorum.voters", "4@a:1"},
			"by process.roles is not a controller"},
		{[]string{"process.roles", "clown"}, `must be broker or controller`},
		{[]string{"cluster.id", "too-short"}, `cluster.id="too-short": must be 16 bytes`},
	} {
		_, err := NewBroker(entries(c.of...))
		require.ErrorContains(t, err, c.want, "%v", c.of)
	}
	broker(t, "node.id", "4", "process.roles", "broker", "controller.quorum.voters", "1@a:1")
	broker(t, "cluster.id", "MkU3OEVBNTcwNTJENDM2Qg")
}

func TestNodeIDAndDirs(t *testing.T) {
	require.Equal(t, int32(1), broker(t).NodeID())
	require.Equal(t, int32(7), broker(t, "broker.id", "7").NodeID())
	require.Equal(t, int32(8), broker(t, "node.id", "8").NodeID())
	_, err := NewBroker(entries("node.id", "8", "broker.id", "7"))
	require.ErrorContains(t, err, "differ")
	require.Equal(t, []string{"data"}, broker(t).LogDirs())
	require.Equal(t, []string{"/a"}, broker(t, "log.dirs", "/a").LogDirs())
	_, err = NewBroker(entries("log.dirs", "/a, /b"))
	require.ErrorContains(t, err, `log.dirs="/a,/b": Gregor writes to one directory; name one`)
	for _, c := range [][]string{{"node.id", "7"}, {"broker.id", "7"}} {
		b := broker(t, c...)
		for _, name := range []string{"node.id", "broker.id"} {
			v := described(t, b.Describe(), name)
			require.Equal(t, "7", v.Text, "%s where %s is set", name, c[0])
			require.Equal(t, StaticBroker, v.Source, "%s where %s is set", name, c[0])
		}
	}
}

func TestListenerPrefix(t *testing.T) {
	b := broker(t, "listener.name.outside.ssl.keystore.type", "PEM", "listener.name.outside.plain.sasl.jaas.config", "x")
	got, ok := b.ListenerText("outside", "ssl.keystore.type")
	require.True(t, ok)
	require.Equal(t, "PEM", got)
	_, err := NewBroker(entries("listener.name.outside.nonsense", "1"))
	require.Error(t, err)
}

// TestMillionths compares with exact rationals.
func TestMillionths(t *testing.T) {
	for _, text := range []string{"0", "0.5", "1", "-0.25", "+2.5", "1e-6", "9.999999e-1", "123456.7890123",
		"1.7976931348623157E308", "0.0000001",
		"-1e30", "000.5", "5.", ".5", "0e999", "9223372036854.775807", "9223372036854.775808"} {
		got, ok := parseDouble(text)
		require.True(t, ok, text)
		exact, ok := new(big.Rat).SetString(text)
		require.True(t, ok, text)
		exact.Mul(exact, big.NewRat(millionths, 1))
		want := new(big.Int).Quo(exact.Num(), exact.Denom())
		largest := big.NewInt(math.MaxInt64)
		if want.CmpAbs(largest) > 0 {
			want = largest.Mul(largest, big.NewInt(int64(exact.Sign())))
		}
		require.Equal(t, want.Int64(), got.millionths(), text)
	}
}

func TestAskingForAWrongNameIsABug(t *testing.T) {
	b := broker(t)
	require.PanicsWithValue(t, "config: unknown broker config retention.ms", func() { b.Long("retention.ms") })
	require.PanicsWithValue(t, "config: listeners was asked for as string but is a list", func() { b.Text("listeners") })
}

func TestASettingThatWouldBeIgnoredIsRefused(t *testing.T) {
	for _, c := range []struct {
		of   []string
		want string
	}{
		{[]string{"log.dirs", "a,b"}, `log.dirs="a,b": Gregor writes to one directory; name one`},
		{[]string{"metadata.log.dir", "elsewhere"}, `metadata.log.dir="elsewhere": Gregor keeps the metadata log in log.dirs=data`},
		{[]string{"log.roll.ms", "0"}, `log.roll.ms="0" is not allowed: must be 1 or more`},
		{[]string{"log.roll.jitter.ms", "-1"}, `log.roll.jitter.ms="-1" is not allowed: must be 0 or more`},
		{[]string{"remote.log.storage.system.enable", "true"}, "Gregor has no tiered storage"},
		{[]string{"controller.quorum.bootstrap.servers", "a:1"}, "name them in controller.quorum.voters"},
		{[]string{"replica.selector.class", "com.example.Nearest"}, "must be "},
		{[]string{"security.inter.broker.protocol", "SSL"}, "Gregor speaks PLAINTEXT only"},
		{[]string{"log.cleaner.min.cleanable.ratio", "1.5"}, "must be 0 to 1"},
		{[]string{"log.cleanup.policy", "compact,"}, "has an empty item; is a comma too many there?"},
	} {
		_, err := NewBroker(entries(c.of...))
		require.ErrorContains(t, err, c.want, "%v", c.of)
	}
	broker(t, "metadata.log.dir", "/a", "log.dirs", "/a")
	_, err := broker(t).Topic(entries("remote.storage.enable", "true"))
	require.ErrorContains(t, err, "Gregor has no tiered storage")
	_, err = broker(t).Topic(entries("remote.storage.enable", "FALSE"))
	require.NoError(t, err)
}

// What a running broker does not act on is no dynamic config, and one broker's is none of all brokers.
func TestDynamicConfigs(t *testing.T) {
	for _, c := range []struct {
		own, all []string
		want     string
	}{
		{[]string{"listeners", "PLAINTEXT://:1"}, nil, "broker config listeners is read-only"},
		{[]string{"max.connections", "5"}, nil, "broker config max.connections is read-only"},
		{[]string{"ssl.keystore.password", "x"}, nil, "changes for one listener only, as listener.name.NAME.ssl.keystore.password"},
		{nil, []string{"ssl.client.auth", "none"}, "belongs to one broker; name its id"},
		{nil, []string{"listener.name.plaintext.ssl.keystore.type", "JKS"}, "belongs to one broker; name its id"},
		{[]string{"log.roll.ms", "0"}, nil, `log.roll.ms="0" is not allowed`},
		{[]string{"log.cleaner.threads", "1000"}, nil, "log.cleaner.threads=1000"},
		{[]string{"listener.name.plaintext.ssl.keystore.type", "JKS"}, nil, ""},
		{[]string{"no.such.config", "1"}, []string{"no.such.other", "2"}, ""},
	} {
		_, err := broker(t).With(entries(c.own...), entries(c.all...))
		if c.want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, c.want, "%v %v", c.own, c.all)
	}
}

// A stored value that this version refuses costs nothing but itself: not the other values that stand beside it.
func TestStoredValuesThatDoNotHoldAreLeftOut(t *testing.T) {
	b, err := broker(t).WithStored(entries("listeners", "PLAINTEXT://:1", "message.max.bytes", "77", "log.roll.ms", "0"),
		entries("log.retention.ms", "5", "num.partitions", "9"))
	require.ErrorContains(t, err, "listeners")
	require.ErrorContains(t, err, "log.roll.ms")
	require.ErrorContains(t, err, "num.partitions")
	require.Equal(t, 77, b.Int("message.max.bytes"))
	require.Equal(t, int64(5), b.Long("log.retention.ms"))
	require.True(t, b.IsNull("log.roll.ms"))
	topic, err := b.TopicStored(entries("retention.ms", "-1", "remote.storage.enable", "true", "segment.bytes", "x"))
	require.ErrorContains(t, err, "remote.storage.enable")
	require.ErrorContains(t, err, "segment.bytes")
	require.Equal(t, int64(-1), topic.Long("retention.ms"))
}

// A name that no table has is kept where Kafka keeps it, without showing what may be a secret; on the command line it
// is a mistake.
func TestUnknownNamesAreKept(t *testing.T) {
	kept, err := ParseProperties("server.properties",
		"my.plugin.secret=x\nlistener.name.plaintext.no.such=y\nnum.io.threads=9\n")
	require.NoError(t, err)
	b, err := NewBroker(kept)
	require.NoError(t, err)
	unused, unknown := b.WithoutEffect()
	require.Equal(t, []string{"num.io.threads"}, unused)
	require.Equal(t, []string{"listener.name.plaintext.no.such", "my.plugin.secret"}, unknown)
	b, err = b.With(entries("my.plugin.secret", "z", "listener.name.plaintext.ssl.keystore.type", "PKCS12"), nil)
	require.NoError(t, err)
	v := described(t, b.Describe(), "my.plugin.secret")
	require.Equal(t, Value{Def: &Def{Name: "my.plugin.secret", Doc: v.Def.Doc}, Null: true, Source: DynamicBroker,
		Synonyms: []SynonymValue{{"my.plugin.secret", "", DynamicBroker}, {"my.plugin.secret", "", StaticBroker}}}, v)
	v = described(t, b.Describe(), "listener.name.plaintext.ssl.keystore.type")
	require.Equal(t, "PKCS12", v.Text)
	require.Equal(t, ReadOnly, v.Def.Mode)
	require.Equal(t, []SynonymValue{{"listener.name.plaintext.ssl.keystore.type", "PKCS12", DynamicBroker},
		{"ssl.keystore.type", "JKS", Default}}, v.Synonyms)
	_, err = NewBroker([]Entry{{Name: "my.plugin.secret", Value: "x", Origin: "--set"}})
	require.ErrorContains(t, err, `--set: unknown broker config "my.plugin.secret"`)
}
