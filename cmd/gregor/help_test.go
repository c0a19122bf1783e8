package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"gregor/scenarios"
)

var flagInText = regexp.MustCompile(`--[a-z][a-z-]*`)

// TestHelpNamesFlagsThatExist: in all help texts, each flag is one of the command that the line is about.
func TestHelpNamesFlagsThatExist(t *testing.T) {
	everyCommand(command(), func(c *cobra.Command) {
		texts := []string{c.Short, c.Long, c.Example}
		c.Flags().VisitAll(func(f *pflag.Flag) { texts = append(texts, f.Usage) })
		for _, line := range strings.Split(strings.Join(texts, "\n"), "\n") {
			about := commandOf(c, line)
			for _, flag := range flagInText.FindAllString(line, -1) {
				require.True(t, hasFlag(about, flag[2:]), "gregor help of %q names %s, which %q does not have:\n%s",
					c.CommandPath(), flag, about.CommandPath(), line)
			}
		}
	})
}

// commandOf is the command that a line of a help text names, or the one whose help it is.
func commandOf(c *cobra.Command, line string) *cobra.Command {
	_, named, ok := strings.Cut(line, "gregor ")
	if !ok {
		return c
	}
	found, _, err := c.Root().Find(strings.Fields(named))
	if err != nil || found == c.Root() {
		return c
	}
	return found
}

func hasFlag(c *cobra.Command, name string) bool {
	c.InitDefaultHelpFlag()
	if c.Flags().Lookup(name) != nil || c.InheritedFlags().Lookup(name) != nil {
		return true
	}
	for _, sub := range c.Commands() { // the text of a family explains what its members share
		if hasFlag(sub, name) {
			return true
		}
	}
	return false
}

// TestExamplesCanBeRun: every flag and value of an example is accepted, and every scenario in it exists.
func TestExamplesCanBeRun(t *testing.T) {
	everyCommand(command(), func(c *cobra.Command) {
		for _, line := range strings.Split(c.Example, "\n") {
			_, named, ok := strings.Cut(line, "gregor")
			if !ok {
				continue
			}
			if i := strings.IndexAny(named, "|<>#&"); i >= 0 && !strings.Contains(named[:i], "'") {
				named = named[:i]
			}
			about, rest, err := command().Find(strings.Fields(named))
			require.NoError(t, err, line)
			require.NoError(t, about.ParseFlags(rest), line)
			for _, arg := range about.Flags().Args() {
				wantScenario(t, about, arg, line)
			}
		}
	})
}

// wantScenario checks an argument of an example of a command that takes scenarios.
func wantScenario(t *testing.T, c *cobra.Command, arg, line string) {
	switch c.CommandPath() {
	case "gregor run", "gregor run show", "gregor hunt", "gregor shrink":
	default:
		return
	}
	name, _, _ := strings.Cut(arg, "@")
	if strings.HasSuffix(name, scenarioSuffix) || strings.HasPrefix(name, "~") {
		return
	}
	_, known := scenarios.Embedded(name)
	require.True(t, known, "no scenario is called %q:\n%s", name, line)
}

// TestUnknownCommandsAreGuessed: what was probably meant, or nothing that was not.
func TestUnknownCommandsAreGuessed(t *testing.T) {
	for word, want := range map[string]string{
		"runn":   `unknown command "runn"; did you mean "run"?`,
		"topics": `unknown command "topics"; did you mean "topic"?`,
		"storm":  `unknown command "storm"; did you mean: gregor run storm?`,
		"zzz":    `unknown command "zzz"; see: gregor --help`,
	} {
		c := command()
		c.SetArgs([]string{word})
		require.EqualError(t, c.Execute(), want)
	}
}

// TestHelpScenarioAndShow print the format, and the text of a scenario as it is.
func TestHelpScenarioAndShow(t *testing.T) {
	var out strings.Builder
	c := command()
	c.SetOut(&out)
	c.SetArgs([]string{"help", "scenario"})
	require.NoError(t, c.Execute())
	require.Contains(t, out.String(), scenarios.Help())

	out.Reset()
	c = command()
	c.SetOut(&out)
	c.SetArgs([]string{"run", "show", "tour"})
	require.NoError(t, c.Execute())
	text, _ := scenarios.Embedded("tour")
	require.Equal(t, text, out.String())

	c.SetArgs([]string{"run", "show", "tuor"})
	require.ErrorContains(t, c.Execute(), `did you mean "tour"?`)
}

// TestErrorsNameTheFile as it was written on the command line, with the line.
func TestErrorsNameTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "typo.scenario")
	require.NoError(t, os.WriteFile(file, []byte("topic orders\nproducer p1 topic=order\n"), 0o600))
	c := command()
	c.SetArgs([]string{"run", file})
	require.EqualError(t, c.Execute(), file+`:2: "topic=order": no statement creates this topic; did you mean "orders"?`)
}
