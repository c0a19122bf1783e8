package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// kcat drives the command-line client on librdkafka, in the version the system packages.
func kcat(ctx context.Context, s *suite) {
	topic := "kcat-" + s.run
	run := func(stdin string, args ...string) (string, error) {
		path, err := exec.LookPath("kcat")
		if err != nil {
			return "", err
		}
		return output(ctx, stdin, path, append([]string{"-b", s.bootstrap, "-q"}, args...)...)
	}
	s.tally.step("lists the brokers", func() error { return kcatMetadata(run) })
	s.tally.step("produces keyed lines with a header and reads them back with offsets", func() error {
		if _, err := run("a:1\nb:2\nc:3\n", "-P", "-t", topic, "-p", "0", "-K", ":", "-H", "origin=suite"); err != nil {
			return err
		}
		got, err := run("", "-C", "-t", topic, "-p", "0", "-o", "beginning", "-e", "-f", `%o %k %s %h\n`)
		return same(err, got, "0 a 1 origin=suite\n1 b 2 origin=suite\n2 c 3 origin=suite\n")
	})
	s.tally.step("reads from an offset, and the last messages", func() error {
		got, err := run("", "-C", "-t", topic, "-p", "0", "-o", "1", "-e", "-f", `%s `)
		if err := same(err, got, "2 3 "); err != nil {
			return err
		}
		got, err = run("", "-C", "-t", topic, "-p", "0", "-o", "-1", "-e", "-f", `%s `)
		return same(err, got, "3 ")
	})
	for _, codec := range []string{"gzip", "snappy", "lz4", "zstd"} {
		s.tally.step("round trip with "+codec, func() error {
			text := strings.Repeat("the same line again and again\n", 500)
			if _, err := run(text, "-P", "-t", topic+"-"+codec, "-p", "0", "-z", codec); err != nil {
				return err
			}
			got, err := run("", "-C", "-t", topic+"-"+codec, "-p", "0", "-o", "beginning", "-e")
			return same(err, got, text)
		})
	}
	s.tally.step("consumes in a group, and goes on where it stopped", func() error {
		return kcatGroup(run, topic+"-group", s.run)
	})
	s.tally.step("finds an offset by its time", func() error {
		got, err := run("", "-Q", "-t", topic+":0:0")
		return same(err, got, topic+" [0] offset 0\n")
	})
}

func kcatMetadata(run func(string, ...string) (string, error)) error {
	got, err := run("", "-L", "-J")
	if err != nil {
		return err
	}
	var metadata struct {
		Brokers []struct {
			ID   int
			Name string
		}
		ControllerID int
	}
	if err := json.Unmarshal([]byte(got), &metadata); err != nil {
		return fmt.Errorf("%w in %s", err, got)
	}
	for _, b := range metadata.Brokers {
		if b.ID == metadata.ControllerID {
			return nil
		}
	}
	return fmt.Errorf("want brokers, of which one is the controller: %s", got)
}

func kcatGroup(run func(string, ...string) (string, error), topic, group string) error {
	for round, lines := range []string{"1\n2\n3\n4\n5\n6\n", "7\n8\n9\n"} {
		if _, err := run(lines, "-P", "-t", topic); err != nil {
			return err
		}
		got, err := run("", "-G", "kcat-"+group, "-X", "auto.offset.reset=earliest", "-e", "-f", `%s\n`, topic)
		if err != nil {
			return err
		}
		seen := strings.Fields(got)
		slices.Sort(seen)
		if want := strings.Fields(lines); !slices.Equal(seen, want) {
			return fmt.Errorf("round %d: the group saw %v, want %v", round+1, seen, want)
		}
	}
	return nil
}

func same(err error, got, want string) error {
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("got %q, want %q", short(got), short(want))
	}
	return nil
}

func short(text string) string {
	if len(text) <= 300 {
		return text
	}
	return fmt.Sprintf("%s... (%d bytes)", text[:300], len(text))
}
