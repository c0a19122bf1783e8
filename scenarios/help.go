package scenarios

import (
	"fmt"
	"strings"

	"gregor/core/client"
)

// Help is the reference of the format, from the tables that the parser reads.
func Help() string {
	var b strings.Builder
	b.WriteString(`A scenario is a text file that describes a cluster, its clients, the faults, and what every run must show. One statement a
line; # starts a comment, and the comment at the top describes the scenario. A value with blanks or # is written in "double quotes".
A TIME is 200ms, 4s or 1m30s; a SHARE 250ppm or 3%; a SIZE 4096, 64KiB or 10MiB.

`)
	section(&b, "Statements", statementRows())
	section(&b, "Actions", actionRows())
	section(&b, "Nodes", nodeRows)
	section(&b, "Conditions: SUBJECT = or != NODES, or = != < <= > >= NUMBER, as in: at 15s expect isr(orders-0) = b2 b3",
		conditionRows())
	section(&b, "Guarantees: expect OUTCOME", outcomeRows(true))
	section(&b, "Findings: expect or allow OUTCOME, or expect OUTCOME in some of N seeds", outcomeRows(false))
	section(&b, "Settings of cluster and topic", configRows)
	section(&b, "Settings of every client", append([]row{infoRow(startSetting)}, infoRows(everyClient(), nil)...))
	section(&b, "Settings of a producer", infoRows(producerSettings(), everyClient()))
	section(&b, "Settings of a consumer", infoRows(consumerSettings(), everyClient()))
	section(&b, "Commands of an admin: do=COMMAND", commandRows())
	section(&b, "Settings of an admin", infoRows(adminSettings, nil))
	section(&b, "Settings of network", faultRows(networkTable))
	section(&b, "Settings of disk", faultRows(diskTable))
	return b.String()
}

// row is a name with its arguments, and what it means.
type row struct{ name, text string }

func section(b *strings.Builder, title string, rows []row) {
	fmt.Fprintf(b, "%s\n\n", title)
	for _, r := range rows {
		if len(r.name) > nameWidth {
			fmt.Fprintf(b, "  %s\n  %-*s", r.name, nameWidth, "")
		} else {
			fmt.Fprintf(b, "  %-*s", nameWidth, r.name)
		}
		fmt.Fprintf(b, "  %s\n", r.text)
	}
	b.WriteString("\n")
}

// nameWidth is the column where explanations begin.
const nameWidth = 32

func statementRows() (rows []row) {
	for _, s := range statementTable() {
		rows = append(rows, row{strings.TrimSpace(s.name + " " + s.takes), s.text})
	}
	return rows
}

func actionRows() (rows []row) {
	for _, a := range verbs {
		name, text := strings.TrimSpace(a.name+" "+a.takes), a.text
		if a.lasts {
			name += " [for TIME]"
		}
		if a.simulated != "" {
			text += " (only in the simulator)"
		}
		rows = append(rows, row{name, text})
	}
	return append(rows, row{"", `Without "for" it lasts until the end of the run.`})
}

// nodeRows explains what an action may name.
var nodeRows = []row{
	{"b1, b2 ...  k1, k2 ...", "brokers; nodes that are controllers only. Without these the first 1, 3 or 5 brokers are controllers as well"},
	{"p1, c1 ...", "the clients, by their names; several nodes are separated by commas"},
	{"leader(TOPIC-N)", "the leader of the partition at that moment"},
	{"follower(TOPIC-N)", "a follower in its ISR"},
	{"isr(TOPIC-N)", "all of its ISR"},
	{"coordinator(GROUP)", "the coordinator of the group"},
	{"controller", "the active controller"},
	{"broker, controllers, client", "all of them; in random statements one that is drawn from the seed"},
	{"rest", "every node that is not on the other side of |"},
	{"", "At the end of the run every server and consumer that is down is restarted; a producer or admin stays down."},
	{"", "A step that changes nothing about a node, because that is down or has ended by itself, has no effect; the timeline has the reason."},
	{"", "The order of steps at one moment is drawn from the seed."},
}

func conditionRows() (rows []row) {
	for _, s := range conditionTable() {
		name, text := s.name, s.text
		if s.of != "" {
			name += "(" + s.of + ")"
		}
		if s.nodes != nil {
			text += ": names of servers, or none"
		} else {
			text += ": a number"
		}
		if s.simulated {
			text += " (only in the simulator)"
		}
		rows = append(rows, row{name, text})
	}
	return append(rows, row{"", "Without a time: it must hold within " + short(endTime) + " after recovery."})
}

func outcomeRows(promises bool) (rows []row) {
	for _, o := range Outcomes() {
		if o.promise == promises {
			rows = append(rows, row{o.Name, o.Text})
		}
	}
	return rows
}

// configRows names what Kafka's configs are taken together with.
var configRows = []row{
	{"brokers=N", fmt.Sprintf("brokers (1), at most %d", brokersMax)},
	{"controllers=N", fmt.Sprintf("nodes that are controllers and nothing else (0), at most %d", controllersMax)},
	{"racks=R,R...", "racks, taken by the brokers in turn (none)"},
	{"directory.ids=true|false", "disks are formatted with directory ids, and voters are named with theirs (false)"},
	{"partitions=N", fmt.Sprintf("of a topic (1), at most %d", partitionsMax)},
	{"replication.factor=N", fmt.Sprintf("of a topic (default.replication.factor, which is the number of brokers, at most %d)", replicasMost)},
	{"", "All other names are Kafka's broker configs and topic configs; those without effect are refused."},
}

func commandRows() (rows []row) {
	table := adminTable()
	for op := client.CreateTopic; op <= client.EndOffset; op++ {
		rows = append(rows, row{op.String(), table[op].text + " (" + table[op].settings + ")"})
	}
	return rows
}

func everyClient() []client.SettingInfo {
	cfg := client.NewAdminConfig("")
	var all []client.SettingInfo
	for _, s := range cfg.Settings() {
		if _, own := theScenarios[s.Name]; !own {
			all = append(all, s)
		}
	}
	return all
}

func producerSettings() []client.SettingInfo {
	cfg := producerDefaults("")
	return cfg.Settings()
}

func consumerSettings() []client.SettingInfo {
	cfg := client.NewConsumerConfig("")
	return cfg.Settings()
}

// infoRows lists settings of a client but those that every client has.
func infoRows(all, without []client.SettingInfo) (rows []row) {
	skip := func(name string) bool {
		for _, s := range without {
			if s.Name == name {
				return true
			}
		}
		_, own := theScenarios[name]
		return own
	}
	for _, s := range all {
		if !skip(s.Name) {
			rows = append(rows, infoRow(s))
		}
	}
	return rows
}

func infoRow(s client.SettingInfo) row {
	text := s.Text
	if s.Default != "" {
		text += " (" + s.Default + ")"
	}
	return row{s.Name + "=" + s.Takes, text}
}

func faultRows[O any](table []setting[O]) (rows []row) {
	for _, s := range table {
		text := s.text
		if s.usual == "" {
			text += "; only as an action"
		} else {
			text += " (" + s.usual + ")"
		}
		rows = append(rows, row{s.name + "=" + s.value, text})
	}
	return rows
}
