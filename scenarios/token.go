package scenarios

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Token names a run: a scenario, a seed, and how far it is told.
//
//	tour@42            a scenario that comes with Gregor, and a seed
//	tour@42#1187       likewise, up to event 1187
//	~eJxL..@42         a scenario that does not: its text, compressed
type Token struct {
	Scenario *Scenario
	Text     string // of the scenario, as it was given
	Seed     uint64
	Step     uint64 // an event; 0: all
}

// tokenBytesMax bounds a token and what it may unpack to.
const tokenBytesMax = 1 << 20

// String is the token. A scenario is named if it is one that comes with Gregor, unchanged.
func (t Token) String() string {
	name := t.Scenario.Name
	if own, ok := Embedded(name); !ok || own != t.Text {
		name = "~" + pack(t.Text)
	}
	text := fmt.Sprintf("%s@%d", name, t.Seed)
	if t.Step > 0 {
		text += fmt.Sprintf("#%d", t.Step)
	}
	return text
}

// ParseToken reads what String wrote.
func ParseToken(text string) (Token, error) {
	var t Token
	if len(text) > tokenBytesMax {
		return t, fmt.Errorf("token of %d bytes; %d is the most", len(text), tokenBytesMax)
	}
	rest, step, stepped := strings.Cut(text, "#")
	name, seed, ok := strings.Cut(rest, "@")
	if !ok {
		return t, fmt.Errorf("token %q has no seed: write scenario@seed, as in tour@42", brief(text))
	}
	var err error
	if t.Seed, err = strconv.ParseUint(seed, 10, 64); err != nil {
		return t, fmt.Errorf("token %q: seed %q is no number from 0 up", brief(text), brief(seed))
	}
	if stepped {
		if t.Step, err = strconv.ParseUint(step, 10, 64); err != nil {
			return t, fmt.Errorf("token %q: event %q is no number from 0 up", brief(text), brief(step))
		}
	}
	if t.Text, err = tokenText(name); err != nil {
		return t, err
	}
	t.Scenario, err = Parse(strings.TrimPrefix(nameOf(name), "~"), t.Text)
	return t, err
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
