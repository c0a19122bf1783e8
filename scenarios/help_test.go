package scenarios

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/client"
)

// TestHelpNamesWhatTheParserReads: names that are refused are guessed from what the help lists, and nothing is left
// out.
func TestHelpNamesWhatTheParserReads(t *testing.T) {
	help := Help()
	for _, names := range [][]string{statementNames(), verbNames(), subjectNames(), outcomeNames(), adminOps(), words,
		roleNames} {
		for _, n := range names {
			require.Contains(t, help, n)
		}
	}
	for _, s := range slices.Concat(producerSettings(), consumerSettings(), adminSettings) {
		if _, own := theScenarios[s.Name]; !own {
			require.Contains(t, help, "  "+s.Name+"="+s.Takes)
			require.NotEmpty(t, s.Text, s.Name)
		}
	}
	for _, line := range strings.Split(help, "\n") {
		require.LessOrEqual(t, len(line), 200, line)
	}
}

// TestDefaultsAreAccepted: what the help shows as the default is a value, and changes nothing.
func TestDefaultsAreAccepted(t *testing.T) {
	for kind, all := range map[string][]client.SettingInfo{"producer p1 topic=orders": producerSettings(),
		"consumer c1 group=g topic=orders": consumerSettings()} {
		for _, s := range all {
			if _, own := theScenarios[s.Name]; own || s.Default == "" || strings.Contains(s.Name, "topic") ||
				strings.Contains(s.Name, "group") {
				continue
			}
			_, err := Parse("x", "topic orders\n"+kind+" "+s.Name+"="+s.Default)
			require.NoError(t, err)
		}
	}
	for _, s := range networkTable {
		with := usual(networkTable)
		require.NoError(t, s.set(&with, s.usual), s.name)
		require.Equal(t, usual(networkTable), with, s.name)
	}
	for _, s := range diskTable {
		if s.usual == "" {
			continue
		}
		with := usual(diskTable)
		require.NoError(t, s.set(&with, s.usual), s.name)
		require.Equal(t, usual(diskTable), with, s.name)
	}
}

// TestThePackageCommentHasTheFormat: the statements and subjects in doc.go are those of the tables. Verbs are only in
// the help.
func TestThePackageCommentHasTheFormat(t *testing.T) {
	b, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	for _, rows := range [][]row{statementRows(), conditionRows()} {
		for _, r := range rows {
			if r.name != "" {
				require.Contains(t, string(b), "//\t"+r.name+"\n", "add it to doc.go, with its meaning: %s", r.text)
			}
		}
	}
}
