package config

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// What is written is read back, whatever stands in it.
func TestFormattedPropertiesAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []Entry
		for i, n := range rapid.SliceOfN(rapid.StringN(1, 20, 80), 0, 5).Draw(t, "names") {
			want = append(want, Entry{Name: n, Value: rapid.String().Draw(t, "value"), Origin: fmt.Sprintf("f:%d", i+1),
				InFile: true})
		}
		got, err := ParseProperties("f", FormatProperties(want))
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

// TestPropertiesAsJava reads what java.util.Properties made of each text, hand-picked and random ones.
func TestPropertiesAsJava(t *testing.T) {
	f, err := os.Open("testdata/java-properties.jsonl")
	require.NoError(t, err)
	defer f.Close()
	lines, good := bufio.NewScanner(f), 0
	for lines.Scan() {
		var c struct {
			In  string
			Bad bool
			Out map[string]string
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &c))
		entries, err := ParseProperties("t", c.In)
		if c.Bad {
			require.Error(t, err, "%q", c.In)
			continue
		}
		require.NoError(t, err, "%q", c.In)
		got := map[string]string{}
		for _, e := range entries {
			got[e.Name] = e.Value
		}
		if c.Out[""] == "" {
			delete(c.Out, "") // Java reads a lone backslash as an entry without name and value, which is never meant
			delete(got, "")
		}
		require.Equal(t, c.Out, got, "%q", c.In)
		good++
	}
	require.Greater(t, good, 300)
}

func TestPropertiesSayWhere(t *testing.T) {
	entries, err := ParseProperties("server.properties", "# head\n\nnum.partitions=3\nlog.dirs=a,\\\n  b\nnode.id=7\n")
	require.NoError(t, err)
	require.Equal(t, []Entry{
		{"num.partitions", "3", "server.properties:3", true},
		{"log.dirs", "a,b", "server.properties:4", true},
		{"node.id", "7", "server.properties:6", true},
	}, entries)
	_, err = ParseProperties("server.properties", "a=1\nb=\\u12x4\n")
	require.EqualError(t, err, `server.properties:2: "\\u12x4" is not \u and four hexadecimal digits`)
}

func TestPropertiesKeepUTF8AndReadLatin1(t *testing.T) {
	entries, err := ParseProperties("t", "a=Käse\nb=K\xe4se\n")
	require.NoError(t, err)
	require.Equal(t, "Käse", entries[0].Value)
	require.Equal(t, "Käse", entries[1].Value)
}

func TestPropertiesAreBounded(t *testing.T) {
	_, err := ParseProperties("t", strings.Repeat("x", propertiesBytesMax+1))
	require.ErrorContains(t, err, "at most 1048576")
	_, err = ParseProperties("t", strings.Repeat("x\n", propertiesEntriesMax+1))
	require.EqualError(t, err, "t:10001: more than 10000 properties")
}

func TestSet(t *testing.T) {
	e, err := ParseSet("log.dirs=a=b")
	require.NoError(t, err)
	require.Equal(t, Entry{Name: "log.dirs", Value: "a=b", Origin: "--set"}, e)
	for _, bad := range []string{"", "x", "=x", " =x"} {
		_, err := ParseSet(bad)
		require.ErrorContains(t, err, "want name=value", bad)
	}
}

// FuzzProperties: no text panics, and what was read is either a configuration or an error of sane length.
func FuzzProperties(f *testing.F) {
	f.Add("num.partitions=3\nlog.retention.hours=1\n")
	f.Add("listeners=PLAINTEXT://[::1]:9092,CONTROLLER://:0\nlog.cleaner.io.max.bytes.per.second=1e-999\n")
	f.Add("a=\\ud83d\\\n\\u0041")
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := ParseProperties("t", text)
		if err != nil {
			return
		}
		b, err := NewBroker(entries)
		if err != nil {
			require.Less(t, len(err.Error()), 2000*(1+len(entries)))
			return
		}
		require.Len(t, b.Describe(), describedCount(b))
		if _, err = b.Topic(entries); err == nil {
			for _, e := range entries {
				_, ok := Topics.Lookup(e.Name)
				require.True(t, ok, e.Name)
			}
		}
	})
}
