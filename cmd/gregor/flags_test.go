package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// everyCommand calls each with every command of the tree, the hidden ones too.
func everyCommand(c *cobra.Command, each func(*cobra.Command)) {
	each(c)
	for _, sub := range c.Commands() {
		everyCommand(sub, each)
	}
}

// A flag with a number has bounds: pflag's own kinds take zeros and negatives, and answer with texts of strconv.
func TestNumbersHaveBounds(t *testing.T) {
	everyCommand(command(), func(c *cobra.Command) {
		check := func(f *pflag.Flag) {
			switch kind := fmt.Sprintf("%T", f.Value); {
			case strings.HasPrefix(kind, "*main."), kind == "*pflag.stringValue", kind == "*pflag.boolValue",
				kind == "*pflag.stringSliceValue", kind == "*pflag.stringArrayValue":
			default:
				t.Errorf("%s --%s is a %s: see flags.go for one with bounds", c.CommandPath(), f.Name, kind)
			}
		}
		c.LocalFlags().VisitAll(check)
		c.PersistentFlags().VisitAll(check)
	})
}

func TestWhatIsOutOfBoundsIsRefused(t *testing.T) {
	for line, want := range map[string]string{
		"bench --in-flight 0":                       `invalid argument "0" for "--in-flight" flag: it takes a whole number of 1 or more, or several with commas`,
		"bench --in-flight 1,-2":                    `invalid argument "1,-2" for "--in-flight" flag: it takes a whole number of 1 or more, or several with commas`,
		"bench --rate 0":                            `invalid argument "0" for "--rate" flag: it takes a number above 0`,
		"bench --rate NaN":                          `invalid argument "NaN" for "--rate" flag: it takes a number above 0`,
		"bench --reps 0":                            `invalid argument "0" for "--reps" flag: it takes a whole number of 1 or more`,
		"bench failover --brokers 1":                `invalid argument "1" for "--brokers" flag: it takes a whole number from 2 to 32`,
		"bench partitions --partitions 0":           `invalid argument "0" for "--partitions" flag: it takes a whole number of 1 or more`,
		"serve --brokers 0":                         `invalid argument "0" for "--brokers" flag: it takes a whole number from 1 to 32`,
		"serve --brokers three":                     `invalid argument "three" for "--brokers" flag: it takes a whole number from 1 to 32`,
		"consume t --count 0":                       `invalid argument "0" for "-n, --count" flag: it takes a whole number of 1 or more`,
		"consume t --partition -1":                  `invalid argument "-1" for "-p, --partition" flag: it takes a whole number of 0 or more, or several with commas`,
		"consume t --timeout 0s":                    `invalid argument "0s" for "--timeout" flag: it takes a time of 1ms or more, such as 500ms, 90s or 1h30m`,
		"consume t --timeout 5":                     `invalid argument "5" for "--timeout" flag: it takes a time of 1ms or more, such as 500ms, 90s or 1h30m`,
		"hunt --for 0s":                             `invalid argument "0s" for "--for" flag: it takes a time of 1ms or more, such as 500ms, 90s or 1h30m`,
		"hunt --seed -1":                            `invalid argument "-1" for "--seed" flag: it takes a whole number of 0 or more`,
		"shrink x --for -1s":                        `invalid argument "-1s" for "--for" flag: it takes a time of 1ms or more, such as 500ms, 90s or 1h30m`,
		"produce t --rate -1":                       `invalid argument "-1" for "--rate" flag: it takes a number above 0`,
		"produce t --partition -2":                  `invalid argument "-2" for "-p, --partition" flag: it takes a whole number of -1 or more`,
		"produce t --batch-bytes 0":                 `invalid argument "0" for "--batch-bytes" flag: it takes a whole number of 1024 or more`,
		"topic create t --partitions 0":             `invalid argument "0" for "-p, --partitions" flag: it takes a whole number of 1 or more, or -1 for the broker's default`,
		"topic create t --partitions 4294967297":    `invalid argument "4294967297" for "-p, --partitions" flag: it takes a whole number of 1 or more, or -1 for the broker's default`,
		"topic create t --replication-factor 70000": `invalid argument "70000" for "-r, --replication-factor" flag: it takes a whole number of 1 or more, or -1 for the broker's default`,
		"topic alter t --partitions 0":              `invalid argument "0" for "-p, --partitions" flag: it takes a whole number of 1 or more`,
		"topic reassign t --replicas 1,x":           `invalid argument "1,x" for "--replicas" flag: it takes a whole number of 0 or more, or several with commas`,
	} {
		c := command()
		c.SetArgs(strings.Fields(line))
		err := c.Execute()
		require.Error(t, err, line)
		first, _, _ := strings.Cut(err.Error(), "\n")
		require.Equal(t, want, first, line)
		require.Equal(t, exitUsage, err.(*exitError).code, line)
	}
}
