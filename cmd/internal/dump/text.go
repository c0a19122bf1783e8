package dump

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"gregor/cmd/internal/terminal"
	"gregor/core/config"
)

// textMax bounds the small text files.
const textMax = 1 << 20

func (f *source) text() (string, error) {
	if f.size > textMax {
		return "", fmt.Errorf("%s has %d bytes; %d is the most for what it is", f.path, f.size, textMax)
	}
	b, err := io.ReadAll(io.NewSectionReader(f, 0, f.size))
	return string(b), err
}

// checkpoint reads Kafka's checkpoint format: a version, a count, and as many lines.
func checkpoint(f *source, each func(words []string) error) error {
	lines := bufio.NewScanner(io.NewSectionReader(f, 0, f.size))
	var head [2]string
	for i := range head {
		if !lines.Scan() {
			return fmt.Errorf("line %d is missing", i+1)
		}
		head[i] = lines.Text()
	}
	if head[0] != "0" {
		return fmt.Errorf("line 1: version %q is not known", terminal.Shortened(head[0]))
	}
	n := 0
	for lines.Scan() {
		n++
		if err := each(strings.Fields(lines.Text())); err != nil {
			return fmt.Errorf("line %d: %q: %w", n+2, terminal.Shortened(lines.Text()), err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("line %d: %w", n+3, err)
	}
	if head[1] != strconv.Itoa(n) {
		return fmt.Errorf("line 2: the count is %q, but %d lines follow", terminal.Shortened(head[1]), n)
	}
	return nil
}

func numbers(words []string) ([]int64, error) {
	var out []int64
	for _, w := range words {
		n, err := strconv.ParseInt(w, 10, 64)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("%q is no number from 0 up", terminal.Shortened(w))
		}
		out = append(out, n)
	}
	return out, nil
}

// epochs prints where each leader epoch began.
func (d *dumper) epochs(f *source) error {
	prev := []int64{-1, -1}
	err := checkpoint(f, func(words []string) error {
		if len(words) != 2 {
			return fmt.Errorf("it should be: epoch offset")
		}
		n, err := numbers(words)
		if err != nil {
			return err
		}
		if d.JSON {
			d.object(fields{{"kind", "leader_epoch"}, {"file", f.path}, {"leader_epoch", n[0]}, {"start_offset", n[1]}})
		} else {
			d.line("  epoch %d  from offset %d", n[0], n[1])
		}
		if n[0] <= prev[0] || n[1] < prev[1] {
			err = fmt.Errorf("it does not come after epoch %d from offset %d", prev[0], prev[1])
		}
		prev = n
		return err
	})
	if err != nil {
		d.wrong(f.path, "%v", err)
	}
	return nil
}

// offsetMeanings are what the numbers in a checkpoint mean.
var offsetMeanings = map[string]string{
	"recovery-point-offset-checkpoint": "flushed below",
	"replication-offset-checkpoint":    "high watermark",
	"log-start-offset-checkpoint":      "log start",
	"cleaner-offset-checkpoint":        "cleaned below",
}

// offsets prints an offset of each partition.
func (d *dumper) offsets(f *source) error {
	meaning := offsetMeanings[filepath.Base(f.path)]
	if meaning == "" {
		meaning = "offset"
	}
	err := checkpoint(f, func(words []string) error {
		if len(words) != 3 {
			return fmt.Errorf("it should be: topic partition offset")
		}
		n, err := numbers(words[1:])
		if err != nil {
			return err
		}
		if d.JSON {
			d.object(fields{{"kind", "offset"}, {"file", f.path}, {"meaning", meaning}, {"topic", words[0]}, {"partition", n[0]},
				{"offset", n[1]}})
		} else {
			d.line("  %s-%d  %s %d", terminal.Printable(words[0]), n[0], meaning, n[1])
		}
		return nil
	})
	if err != nil {
		d.wrong(f.path, "%v", err)
	}
	return nil
}

// properties prints meta.properties.
func (d *dumper) properties(f *source) error {
	text, err := f.text()
	if err != nil {
		return err
	}
	all, err := config.ParseProperties(filepath.Base(f.path), text)
	if err != nil {
		d.wrong(f.path, "%v", err)
		return nil
	}
	out := fields{}
	for _, e := range all {
		out = append(out, field{e.Name, e.Value})
	}
	d.values(f, "properties", out)
	return nil
}

// partitionMetadata prints the topic's id.
func (d *dumper) partitionMetadata(f *source) error {
	text, err := f.text()
	if err != nil {
		return err
	}
	out := fields{}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			d.wrong(f.path, "%q is not name: value", terminal.Shortened(line))
			return nil
		}
		out = append(out, field{name, strings.TrimSpace(value)})
	}
	d.values(f, "partition_metadata", out)
	return nil
}

// jsonFile prints the files that Kafka writes as JSON.
func (d *dumper) jsonFile(f *source) error {
	text, err := f.text()
	if err != nil {
		return err
	}
	var all map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&all); err != nil {
		d.wrong(f.path, "it is no JSON object: %v", err)
		return nil
	}
	out := fields{}
	for _, name := range terminal.SortedKeys(all) {
		out = append(out, field{name, all[name]})
	}
	d.values(f, strings.TrimPrefix(filepath.Base(f.path), "."), out)
	return nil
}

func (d *dumper) values(f *source, kind string, all fields) {
	if d.JSON {
		d.object(fields{{"kind", kind}, {"file", f.path}, {"values", all}})
		return
	}
	for _, x := range all {
		d.line("  %s  %s", terminal.Printable(x.name), valueText(x.value))
	}
}
