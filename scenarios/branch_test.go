package scenarios

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/sim"
)

// A branch has the same events as the run it leaves, up to the event after which its line happens, and then others.
func TestBranch(t *testing.T) {
	for i, name := range []string{"tour", "storm", "cluster-storm-admin-careless", "key-order"} {
		trunk := New(tokenOf(t, name, uint64(3+i)), Options{Trace: sim.TraceAll})
		trunk.RunToEvent(5000)
		at, hash := trunk.Event(), trunk.View().Hash
		token, err := trunk.Branch("crash b1 for 500ms")
		require.NoError(t, err)
		branch := New(token, Options{Trace: sim.TraceAll})
		branch.RunToEvent(at)
		require.Equal(t, at, branch.Event())
		require.Equal(t, hash, branch.View().Hash, "%s: the branch differs before its line", token)
		for branch.Event() == at && branch.Step() {
		}
		events := branch.Events()
		require.Contains(t, events[len(events)-1].Text, "crash", "the next thing that happens is the line's fault")
		require.NotEqual(t, trunk.Result().Hash, branch.Result().Hash)

		read, err := ParseToken(token.String())
		require.NoError(t, err)
		require.Equal(t, branch.Result().Hash, Do(read, Options{}).Hash, "a branch's token is the branch")
	}
}

// What is wrong with a branch's line or moment is an error, and a line whose event never comes is reported.
func TestBranchesThatCannotBe(t *testing.T) {
	s := New(tokenOf(t, "calm", 1), Options{})
	_, err := s.Branch("crash b1")
	require.ErrorContains(t, err, "no fault can happen now")
	s.RunToEvent(5000)
	_, err = s.Branch("crush b1")
	require.ErrorContains(t, err, `did you mean "crash"?`)
	_, err = s.Branch("crash b1\ncrash b1")
	require.ErrorContains(t, err, "one line")
	_, err = s.Branch("crash b7")
	require.Error(t, err)

	token := tokenOf(t, "calm", 1)
	token.Text += "\nafter 99999999 crash b1\n"
	token.Scenario, err = Parse("calm", token.Text)
	require.NoError(t, err)
	r := Do(token, Options{})
	require.Contains(t, r.Faults[0].Text, "after 99999999 crash b1: not done, faults end before that event")

	_, err = Parse("x", "topic t partitions=1\nafter 0 crash b1\n")
	require.ErrorContains(t, err, "not the number of an event; write: after 9000 crash b1")
}
