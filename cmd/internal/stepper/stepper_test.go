package stepper

import (
	"bytes"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/stretchr/testify/require"

	"gregor/cmd/internal/story"
	"gregor/internal/conversation"
	"gregor/scenarios"
)

// small is a run of three brokers and one partition that is short enough to be read whole.
const small = `cluster brokers=3 controllers=1
topic orders partitions=1 min.insync.replicas=2
producer p1 topic=orders rate=20/s
consumer c1 group=billing topic=orders auto.offset.reset=earliest
at 1s crash leader(orders-0) for 2s
run 5s
expect safe
`

func open(t testing.TB, text string, seed uint64) *Stepper {
	s, err := scenarios.Parse("small", text)
	require.NoError(t, err)
	return New(story.Run{Token: scenarios.Token{Scenario: s, Text: text, Seed: seed}})
}

// Conversations with the stepper: each file is one session, and below each command stands what it shows.
func TestConversations(t *testing.T) {
	conversation.Files(t, "testdata/*.txt", func(t *testing.T, text string) string {
		s := open(t, small, 1)
		return conversation.Play(t, text, func(c *conversation.Command) string {
			lines := s.Do(c.Text)
			if c.Name == "y" {
				lines = []string{"a token of " + s.Prompt()} // it is long: a packed text
			}
			return strings.Join(lines, "\n")
		})
	})
}

// Forward and back, into a branch and out of it: wherever the stepper stops, the run so far is the straight run.
func TestHoweverOneSteps(t *testing.T) {
	straight := open(t, small, 7)
	hashes := map[uint64]string{}
	for !straight.cursor.Session().Done() {
		straight.Do("n")
		v := straight.view()
		hashes[v.Event] = v.Hash
	}
	s := open(t, small, 7)
	for _, line := range []string{"n 500", "n leader", "p 20", "n isr", "g 1.5s", "p message", "b crash c1", "n 30", "t 0",
		"n group", "p fault", "g 40", "/ crash", "n hw", "p hw", "b pause b1 for 100ms", "n ack", "t 0", "p ack"} {
		s.Do(line)
		v := s.view()
		if all, now := s.cursor.Branches(); all[now].From < 0 {
			require.Equal(t, hashes[v.Event], v.Hash, "after %q at event %d", line, v.Event)
		}
	}
}

// What only the whole run shows, records that are out of order, is found by going back from its end; before it there is
// nothing.
func TestBackToAFinding(t *testing.T) {
	s := open(t, `cluster brokers=3
topic orders partitions=1 replication.factor=3 min.insync.replicas=1
producer p1 topic=orders acks=1 rate=200/s
at 2s partition leader(orders-0) | rest
at 4s crash leader(orders-0)
at 8s heal
run 20s
`, 1)
	require.Contains(t, strings.Join(s.Do("n finding"), "\n"), "the run is over")
	end := s.cursor.Event()
	require.NotEmpty(t, s.cursor.Session().Result().Findings)
	s.Do("p finding")
	require.Less(t, s.cursor.Event(), end)
	require.Greater(t, s.cursor.Event(), uint64(5))
	s.Do("g 5")
	require.Equal(t, []string{"there is no earlier one"}, s.Do("p finding"))
}

// Commands that are piped in are written out too, and whatever is wrong with one is a line.
func TestPlain(t *testing.T) {
	var out bytes.Buffer
	in := "n nothing\nz\nv b9\nb crush b1\nb\nt 9\ng soon\ne -1\nw x\n/\n\nq\nn\n"
	require.NoError(t, open(t, small, 1).Plain(strings.NewReader(in), &out))
	for _, want := range []string{"#0 ", "> n nothing\n", `unknown kind of moment "nothing"`, `unknown command "z"`,
		`there is no node, partition or group "b9"`, "no fault can happen now", "write what happens:", `there is no branch "9"`,
		`"soon" is neither an event`, `"-1" is not a number of events`, `"x" is not the number of an event`,
		"write what to look for", "#1 "} {
		require.Contains(t, out.String(), want)
	}
	require.True(t, strings.HasSuffix(out.String(), "> q\n"), out.String())
}

// The whole screen, after each key: 80 columns and 24 rows.
func TestScreens(t *testing.T) {
	conversation.Files(t, "testdata/screens/*.txt", func(t *testing.T, text string) string {
		m := newModel(open(t, small, 1))
		return conversation.Play(t, text, func(c *conversation.Command) string {
			for _, key := range keysOf(c) {
				m.Update(key)
			}
			screen := m.screen()
			require.Len(t, screen, rows)
			for i, line := range screen {
				require.LessOrEqual(t, len([]rune(line)), columns, line)
				screen[i] = "|" + line
			}
			return strings.Join(screen, "\n")
		})
	})
}

// keysOf are the keys that a command presses: "press n tab enter", or "type crash b1".
func keysOf(c *conversation.Command) (keys []tea.KeyPressMsg) {
	if c.Name == "type" {
		for _, r := range strings.TrimPrefix(c.Text, "type ") {
			keys = append(keys, tea.KeyPressMsg{Text: string(r), Code: r})
		}
		return keys
	}
	special := map[string]rune{"tab": tea.KeyTab, "enter": tea.KeyEnter, "esc": tea.KeyEscape,
		"backspace": tea.KeyBackspace, "down": tea.KeyDown, "up": tea.KeyUp, "left": tea.KeyLeft, "right": tea.KeyRight}
	for _, name := range c.Words {
		if code, ok := special[name]; ok {
			keys = append(keys, tea.KeyPressMsg{Code: code})
		} else {
			keys = append(keys, tea.KeyPressMsg{Text: name, Code: []rune(name)[0]})
		}
	}
	return keys
}
