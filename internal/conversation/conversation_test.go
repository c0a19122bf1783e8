package conversation

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// counter is what the conversations of this test are about.
type counter struct{ n int64 }

func (c *counter) respond(cmd *Command) string {
	switch cmd.Name {
	case "add":
		c.n += cmd.Int("times", 1) * cmd.Number(cmd.Word(0))
		return ""
	case "show":
		return fmt.Sprintf("%d\n  half of it %d\n", c.n, c.n/2)
	case "twice":
		return c.respond(cmd.Shift()) + c.respond(cmd.Shift())
	}
	cmd.Fatalf("no such command")
	return ""
}

const counted = `# A remark stays, and an empty line.

add 3
show
  3
    half of it 1
# Another.
twice add 2 times=10
show
  43
    half of it 21
`

func TestPlayReplacesOnlyTheResponses(t *testing.T) {
	require.Equal(t, counted, Play(t, counted, new(counter).respond))
	stale := strings.ReplaceAll(strings.ReplaceAll(counted, "  43\n", "  7\n  8\n"), "    half of it 1\n", "")
	require.Equal(t, counted, Play(t, stale, new(counter).respond))
}

// refusal is a T whose Fatalf ends what it watches.
type refusal struct{ text string }

func (r *refusal) Fatalf(format string, args ...any) {
	r.text = fmt.Sprintf(format, args...)
	panic(r)
}

func TestAWrongCommandIsReportedWithItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"# x\nadd":           `line 2, "add": add needs 1 words`,
		"add 1\nsubtract 4":  `line 2, "subtract 4": no such command`,
		"add three":          `line 1, "add three": "three" is not a number`,
		"add 1 times=plenty": `line 1, "add 1 times=plenty": "plenty" is not a number`,
		"twice":              `line 1, "twice": a command must follow twice`,
	} {
		r := &refusal{}
		require.Panics(t, func() { Play(r, text, new(counter).respond) })
		require.Equal(t, want, r.text)
	}
}

func TestACommandIsTakenApart(t *testing.T) {
	c := Parse(t, 7, "c1 produce orders-0 acks=all wait=20ms n=4")
	require.Equal(t, []string{"produce", "orders-0"}, c.Words)
	require.Equal(t, 20*time.Millisecond, c.Duration("wait", 0))
	require.Equal(t, time.Second, c.Duration("linger", time.Second))
	require.EqualValues(t, 4, c.Int("n", 1))
	require.EqualValues(t, 1, c.Int("m", 1))
	require.True(t, c.Has("acks"))
	s := c.Shift()
	require.Equal(t, "produce", s.Name)
	require.Equal(t, "orders-0", s.Word(0))
	require.Equal(t, c.Args, s.Args)
}

func TestATranscriptRespondsToTheWhole(t *testing.T) {
	run := func(cs []*Command) (out string) {
		for i := range cs {
			out += cs[len(cs)-1-i].Name + "\n"
		}
		return out
	}
	require.Equal(t, "# remark\nfirst\nsecond x=1\n----\nsecond\nfirst\n",
		Transcript(t, "# remark\nfirst\nsecond x=1\n----\nstale\n", run))
}

func TestWithoutWritesTheHarmBelowTheMutant(t *testing.T) {
	text := "# mutant: A B\n# without it: stale\nadd 3\nshow\n  3\n    half of it 1\n"
	got := Without(t, text, func(names ...string) string {
		require.Equal(t, []string{"A", "B"}, names)
		return Instead(text, strings.Replace(text, "half of it 1", "half of it 2", 1))
	})
	require.Equal(t, strings.Replace(text, "stale", "half of it 2, in place of: half of it 1", 1), got)
	require.Empty(t, Instead(text, text))
}

func TestADifferenceNamesTheCommandAndTheNextStep(t *testing.T) {
	got := difference("testdata/x.txt", counted, strings.ReplaceAll(counted, "43", "42"))
	require.Equal(t, `testdata/x.txt:10 differs in the response to: show
want|   43
want|     half of it 21
want| 
 got|   42
 got|     half of it 21
 got| 
`, got)
	require.Contains(t, next("TestConversations/append-and-roll"),
		"./internal/conversation -run '^TestConversations$/^append-and-roll$' -rewrite")
}
