package config

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// kafkaRow is a line of testdata/kafka-4.3.0.jsonl: what Kafka's own code does with a config, or with a text of a type.
// cmd/internal/clients/java/ConfigDefs.java writes the file and explains it.
type kafkaRow struct {
	Kind, Name, Type, Importance, Mode, Validator string
	Default                                       *string
	Required, Internal                            bool
	WireOnly                                      bool `json:"wire only"`
	Synonyms                                      []string
	Least, Greatest                               *big.Int
	Also, Accepts, Refuses                        []string

	Parser, Text string
	Value        json.RawMessage
}

func kafkaRows(t *testing.T) (rows []kafkaRow) {
	file, err := os.Open("testdata/kafka-4.3.0.jsonl")
	require.NoError(t, err)
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var r kafkaRow
		require.NoError(t, json.Unmarshal(lines.Bytes(), &r))
		rows = append(rows, r)
	}
	require.Greater(t, len(rows), 500)
	return rows
}

// kinds are the four tables, and how a whole configuration with one value is checked.
var kinds = map[string]struct {
	set   *Set
	check func(Entry) error
}{
	"broker": {Brokers, func(e Entry) error { _, err := NewBroker(append(minimal(), e)); return err }},
	"topic":  {Topics, func(e Entry) error { _, err := minimalBroker().Topic([]Entry{e}); return err }},
	"group":  {Groups, func(e Entry) error { _, err := minimalBroker().Group([]Entry{e}); return err }},
	"client-metrics": {ClientMetrics, func(e Entry) error {
		_, err := minimalBroker().ClientMetrics([]Entry{e})
		return err
	}},
}

// minimal is the configuration that ConfigDefs.java tries values in.
func minimal() []Entry {
	return entries("process.roles", "broker,controller", "node.id", "1", "listeners",
		"PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093",
		"controller.listener.names", "CONTROLLER", "listener.security.protocol.map",
		"CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
		"controller.quorum.voters", "1@127.0.0.1:9093", "log.dirs", "data")
}

func minimalBroker() *Broker {
	b, err := NewBroker(minimal())
	if err != nil {
		panic(err)
	}
	return b
}

// TestEveryConfigIsAsKafkaSays compares every config with Kafka's: it is equal, or says why not.
func TestEveryConfigIsAsKafkaSays(t *testing.T) {
	known := map[string]bool{}
	for _, r := range kafkaRows(t) {
		if r.Kind == "" {
			continue
		}
		known[r.Kind+" "+r.Name] = true
		kind := kinds[r.Kind]
		d, ok := kind.set.Lookup(r.Name)
		if !ok {
			t.Errorf("%s config %s of Kafka is missing: add it to core/config/table_%s.go", r.Kind, r.Name, r.Kind)
			continue
		}
		switch wrong := r.compare(d, kind.check); {
		case wrong != nil && d.Differs == "":
			t.Errorf("%s config %s is not as in Kafka; mend its entry in the table, or say in its Differs why:\n%v", r.Kind,
				r.Name, wrong)
		case wrong == nil && d.Differs != "":
			t.Errorf("%s config %s is as in Kafka, but Differs says: %s", r.Kind, r.Name, d.Differs)
		}
	}
	for name, kind := range kinds {
		for _, d := range kind.set.All() {
			if !known[name+" "+d.Name] && d.Differs == "" {
				t.Errorf("Kafka has no %s config %s, and its Differs does not say why Gregor has", name, d.Name)
			}
		}
	}
}

// compare lists how a config differs from Kafka's.
func (r *kafkaRow) compare(d *Def, check func(Entry) error) error {
	var errs []error
	differ := func(what string, kafka, own any) {
		if fmt.Sprint(kafka) != fmt.Sprint(own) {
			errs = append(errs, fmt.Errorf("%s: %v in Kafka, %v here", what, kafka, own))
		}
	}
	differ("type", r.Type, d.Type)
	differ("importance", r.Importance, d.Importance)
	differ("internal", r.Internal || r.WireOnly, d.Internal)
	differ("default", shownDefault(r.Default != nil, r.Default), shownDefault(d.HasDefault, &d.Default))
	if r.Kind == "broker" {
		differ("mode", r.Mode, d.Mode)
	} else {
		differ("synonyms", r.Synonyms, synonymNames(d))
	}
	return errors.Join(append(errs, r.compareValues(check)...)...)
}

func shownDefault(has bool, text *string) string {
	if !has {
		return "none"
	}
	return strconv.Quote(*text)
}

func synonymNames(d *Def) (names []string) {
	for _, s := range d.Synonyms {
		names = append(names, s.Name)
	}
	return names
}

// compareValues tries the values at the edges of what Kafka accepts.
func (r *kafkaRow) compareValues(check func(Entry) error) (errs []error) {
	try := func(value string, want bool) {
		if err := check(Entry{Name: r.Name, Value: value}); want != (err == nil) {
			errs = append(errs, fmt.Errorf("value %q: Kafka %s, here: %v", value,
				map[bool]string{true: "accepts it", false: "refuses it"}[want], err))
		}
	}
	for _, v := range append(slices.Clone(r.Accepts), r.Also...) {
		try(v, true)
	}
	for _, v := range r.Refuses {
		try(v, false)
	}
	if r.Least == nil {
		return errs
	}
	one := big.NewInt(1)
	try(r.Least.String(), true)
	try(r.Greatest.String(), true)
	if below := new(big.Int).Sub(r.Least, one).String(); !slices.Contains(r.Also, below) {
		try(below, false)
	}
	try(new(big.Int).Add(r.Greatest, one).String(), false)
	return errs
}

// parsersDiffer are the texts that Gregor reads otherwise than Kafka, and why.
var parsersDiffer = map[string]string{
	"\u0661":  "digits are those of ASCII; Java takes those of every script",
	"0x1p3":   "a hexadecimal fraction is refused as a mistake; Java takes it",
	"0x1.8p1": "likewise",
}

// TestEveryTypeIsReadAsKafkaReadsIt compares what the parsers of the types make of some texts.
func TestEveryTypeIsReadAsKafkaReadsIt(t *testing.T) {
	types := map[string]Type{"boolean": Boolean, "short": Short, "int": Int, "long": Long, "double": Double, "list": List,
		"string": String, "password": Password}
	seen := 0
	for _, r := range kafkaRows(t) {
		if r.Parser == "" {
			continue
		}
		seen++
		p, ok := types[r.Parser].parse(r.Text)
		if parsersDiffer[r.Text] != "" && r.Value != nil {
			require.False(t, ok, "%s %q is read as Kafka reads it: take it out of parsersDiffer", r.Parser, r.Text)
			continue
		}
		require.Equal(t, r.Value != nil, ok, "%s %q", r.Parser, r.Text)
		if ok {
			require.JSONEq(t, string(r.Value), asJSON(t, types[r.Parser], p), "%s %q", r.Parser, r.Text)
		}
	}
	require.Greater(t, seen, 100)
}

func asJSON(t *testing.T, typ Type, p parsed) string {
	var v any = p.text
	switch typ {
	case Boolean:
		v = p.num != 0
	case Short, Int, Long:
		v = p.num
	case List:
		v = append([]string{}, p.list...)
	}
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

func TestEveryConfigStatesItsEffect(t *testing.T) {
	for name, kind := range kinds {
		for _, d := range kind.set.All() {
			require.True(t, strings.HasSuffix(d.Doc, "."), "%s config %s: Doc is a sentence: %q", name, d.Name, d.Doc)
			require.False(t, d.Unused != "" && d.Refused != "", "%s config %s: it is refused, so it is never without effect",
				name, d.Name)
		}
	}
}
