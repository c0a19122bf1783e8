package scenarios

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Token names a run: a scenario, a seed, the hash that the run is to have, and the event up to which it is narrated.
//
//	tour@42                          a scenario that comes with Gregor, and a seed
//	tour@42:5f1a9a50e79da5f5         likewise, and the run's hash: a build that runs it otherwise reports that
//	tour@42#1187                     likewise, narrated up to event 1187
//	~eJxL..@42                       a scenario that does not come with Gregor: its text, compressed
//
// A token made in Go needs a Scenario and a Seed. Text is the scenario as it was read; a token whose Scenario was built
// or changed in Go names what Scenario.String writes.
type Token struct {
	Scenario *Scenario
	Text     string
	Seed     uint64
	Hash     uint64 // of the run; 0: any
	Step     uint64 // an event; 0: all
}

// tokenBytesMax bounds a token and what it may unpack to.
const tokenBytesMax = 1 << 20

// String is the token. A scenario is named if it is one that comes with Gregor, unchanged.
func (t Token) String() string {
	if t.Scenario == nil {
		return "?" + t.Suffix()
	}
	name, text := t.Scenario.Name, t.text()
	if own, ok := Embedded(name); !ok || own != text {
		name = "~" + pack(text)
	}
	return name + t.Suffix()
}

// Suffix is what follows the scenario's name in a token: @seed, and the hash and the event if there are any.
func (t Token) Suffix() string {
	text := fmt.Sprintf("@%d", t.Seed)
	if t.Hash != 0 {
		text += fmt.Sprintf(":%016x", t.Hash)
	}
	if t.Step > 0 {
		text += fmt.Sprintf("#%d", t.Step)
	}
	return text
}

// text is Text, or what Scenario.String writes where Text is another scenario.
func (t Token) text() string {
	written := t.Scenario.String()
	if t.Text != "" {
		if read, err := Parse(t.Scenario.Name, t.Text); err == nil && read.String() == written {
			return t.Text
		}
	}
	return written
}

// complete returns the token with the text that it names and the scenario read from it, so that the run and the token
// printed for it are the same also where Scenario was built in Go. The error is what keeps the scenario from running.
func (t Token) complete() (Token, error) {
	if t.Scenario == nil {
		return t, errors.New("a token needs a Scenario: parse one, or build it in Go")
	}
	t.Text = t.text()
	s, err := Parse(t.Scenario.Name, t.Text)
	if err != nil {
		return t, err
	}
	t.Scenario = s
	return t, nil
}

// ParseToken reads what String wrote.
func ParseToken(text string) (Token, error) {
	if len(text) > tokenBytesMax {
		return Token{}, fmt.Errorf("token of %d bytes; %d is the most", len(text), tokenBytesMax)
	}
	name, t, err := SplitToken(text)
	if err != nil {
		return t, err
	}
	if t.Text, err = tokenText(name); err != nil {
		return t, err
	}
	t.Scenario, err = Parse(strings.TrimPrefix(nameOf(name), "~"), t.Text)
	return t, err
}

// SplitToken reads seed, hash and event of a token into t, and returns the name before them: that of a scenario, a
// packed text, or whatever else the caller resolves, such as a file.
func SplitToken(text string) (name string, t Token, err error) {
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return "", t, fmt.Errorf("token %q has no seed: write scenario@seed, as in tour@42", brief(text))
	}
	rest, step, stepped := strings.Cut(text[at+1:], "#")
	seed, hash, hashed := strings.Cut(rest, ":")
	if t.Seed, err = strconv.ParseUint(seed, 10, 64); err != nil {
		return "", t, fmt.Errorf("token %q: seed %q is not a number from 0 to %d", brief(text), brief(seed), uint64(math.MaxUint64))
	}
	if hashed {
		if t.Hash, err = ParseHash(hash); err != nil {
			return "", t, fmt.Errorf("token %q: %w", brief(text), err)
		}
	}
	if stepped {
		if t.Step, err = strconv.ParseUint(step, 10, 64); err != nil || t.Step == 0 {
			return "", t, fmt.Errorf("token %q: event %q is not a number from 1 up", brief(text), brief(step))
		}
	}
	return text[:at], t, nil
}

// ParseHash reads the hash of a run as it is printed: sixteen hexadecimal digits, not all of them zero.
func ParseHash(text string) (uint64, error) {
	hash, err := strconv.ParseUint(text, 16, 64)
	if err != nil || len(text) != 16 || hash == 0 {
		return 0, fmt.Errorf("hash %q is not sixteen hexadecimal digits", brief(text))
	}
	return hash, nil
}

func nameOf(name string) string {
	if strings.HasPrefix(name, "~") {
		return "token"
	}
	return name
}

// tokenText finds the scenario's text.
func tokenText(name string) (string, error) {
	if packed, ok := strings.CutPrefix(name, "~"); ok {
		return unpack(packed)
	}
	text, ok := Embedded(name)
	if !ok {
		return "", fmt.Errorf("no scenario is called %q; %s", brief(name), nearest(name, Names()))
	}
	return text, nil
}

func pack(text string) string {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		panic(fmt.Sprintf("scenarios: flate refuses its own best level: %v", err))
	}
	if _, err := io.WriteString(w, text); err != nil {
		panic(fmt.Sprintf("scenarios: a buffer refuses bytes: %v", err))
	}
	if err := w.Close(); err != nil {
		panic(fmt.Sprintf("scenarios: a buffer refuses bytes: %v", err))
	}
	return base64.RawURLEncoding.EncodeToString(b.Bytes())
}

func unpack(packed string) (string, error) {
	b, err := base64.RawURLEncoding.DecodeString(packed)
	if err != nil {
		return "", fmt.Errorf("token: the scenario in it is damaged: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b)), tokenBytesMax+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("token: the scenario in it is damaged: %w", err)
	case len(text) > tokenBytesMax:
		return "", fmt.Errorf("token: the scenario in it has more than %d bytes", tokenBytesMax)
	}
	return string(text), nil
}

// brief shortens hostile text for an error line.
func brief(text string) string {
	if len(text) > 40 {
		return text[:40] + "…"
	}
	return text
}
