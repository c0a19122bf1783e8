package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// buildVersion is what the Go tool recorded in this binary. What it did not record is empty.
type buildVersion struct {
	Version  string `json:"version"`            // of the module; "(devel)" in a checkout
	Revision string `json:"revision,omitempty"` // of the repository; go run and go build -buildvcs=false record none
	Time     string `json:"time,omitempty"`     // of that revision
	Modified bool   `json:"modified"`           // files differed from it
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func versionOf(info *debug.BuildInfo) buildVersion {
	v := buildVersion{Version: info.Main.Version, Go: info.GoVersion, Platform: runtime.GOOS + "/" + runtime.GOARCH}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.time":
			v.Time = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}

func (v buildVersion) String() string {
	parts := []string{"gregor", v.Version}
	if v.Revision != "" {
		parts = append(parts, "revision", v.Revision[:min(12, len(v.Revision))], "of", v.Time)
	}
	if v.Modified {
		parts = append(parts, "with changes")
	}
	return strings.Join(append(parts, "built with", v.Go, "for", v.Platform), " ")
}

func versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "version",
		Short:   "Print which build this is",
		Long:    "Print the version of this build, the revision of the repository it was made from, and the Go version it was made with.",
		Example: "  gregor version\n  gregor version --json",
		Args:    arguments(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			info, ok := debug.ReadBuildInfo()
			if !ok {
				info = &debug.BuildInfo{GoVersion: runtime.Version()}
			}
			v := versionOf(info)
			if asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(v)
			}
			_, err := fmt.Fprintln(c.OutOrStdout(), v)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}
