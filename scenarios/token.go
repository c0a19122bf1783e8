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

// Token names a run: a scenario, a seed, optionally the run's hash and the event up to which it is narrated.
//
//	tour@42                          an embedded scenario, and a seed
//	tour@42:5f1a9a50e79da5f5         likewise, and the run's hash: a build whose run has another hash reports that
//	tour@42#1187                     likewise, narrated up to event 1187
//	~eJxL..@42                       any other scenario: its text, compressed
//
// In Go a token needs a Scenario and a Seed. Text is the text that the scenario was parsed from; if the Scenario was
// built or changed in Go, the token has the text that Scenario.String returns.
type Token struct {
	Scenario *Scenario
	Text     string
	Seed     uint64
	Hash     uint64 // of the run; 0: any
	Step     uint64 // an event; 0: all
}

// tokenBytesMax bounds a token and what it may unpack to.
const tokenBytesMax = 1 << 20

// String returns the token. An unchanged embedded scenario stands in it by its name, any other by its text.
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

// complete returns the token with its text and the scenario parsed from that, so that the run and the token printed for
// it are the same also where Scenario was built in Go. The error is why the scenario cannot run.
func (t Token) complete() (Token, error) {
	if t.Scenario == nil {
		return t, errors.New("the token has no Scenario: parse one, or build it in Go")
	}
	t.Text = t.text()
	s, err := Parse(t.Scenario.Name, t.Text)
	if err != nil {
		return t, err
	}
	t.Scenario = s
	return t, nil
}

// ParseToken parses a token as String returns it.
func ParseToken(text string) (Token, error) {
	if len(text) > tokenBytesMax {
		return Token{}, fmt.Errorf("token of %d bytes; the maximum is %d", len(text), tokenBytesMax)
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
		return "", t, fmt.Errorf("token %q: seed %q is not a number from 0 to %d", brief(text), brief(seed),
			uint64(math.MaxUint64))
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

// tokenText returns the scenario's text.
func tokenText(name string) (string, error) {
	if packed, ok := strings.CutPrefix(name, "~"); ok {
		return unpack(packed)
	}
	text, ok := Embedded(name)
	if !ok {
		return "", fmt.Errorf("unknown scenario %q; %s", brief(name), nearest(name, Names()))
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
		return "", fmt.Errorf("token: invalid scenario text: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b)), tokenBytesMax+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("token: invalid scenario text: %w", err)
	case len(text) > tokenBytesMax:
		return "", fmt.Errorf("token: scenario text larger than %d bytes", tokenBytesMax)
	}
	return string(text), nil
}

// brief shortens text for an error line: a token may come from anywhere.
func brief(text string) string {
	if len(text) > 40 {
		return text[:40] + "…"
	}
	return text
}
