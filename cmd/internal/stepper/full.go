package stepper

import (
	"fmt"
	"io"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"gregor/cmd/internal/terminal"
	"gregor/scenarios"
)

// Full draws the whole screen and reads keys until q.
func (s *Stepper) Full(in io.Reader, out io.Writer) error {
	_, err := tea.NewProgram(newModel(s), tea.WithInput(in), tea.WithOutput(out)).Run()
	return err
}

// model is what is on the screen.
//
//	         b, /, g, v                enter
//	browsing ──────────▶ typing a line ─────▶ browsing
//	    ▲                      │ esc
//	    └──────────────────────┘
type model struct {
	s             *Stepper
	width, height int
	kind          int      // of the moments that N and P go to
	subject       int      // of those that tab shows
	panel         []string // nil: the last events
	top           int      // the first line of the panel that is shown
	typing        string   // the command that is being typed; "": none
	text          string   // what has been typed of it
	status        string   // what the last command had to say
}

// The size of a screen before the terminal has reported its own.
const (
	columns = 80
	rows    = 24
)

func newModel(s *Stepper) *model {
	m := &model{s: s, width: columns, height: rows}
	m.kind = slices.Index(scenarios.StopNames(), "leader")
	return m
}

// Init implements tea.Model.
func (m *model) Init() tea.Cmd { return nil }

// Update implements tea.Model.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.KeyPressMsg:
		if m.typing != "" {
			m.typed(msg)
			return m, nil
		}
		return m, m.pressed(msg.String())
	}
	return m, nil
}

// pressed handles a key while nothing is typed.
func (m *model) pressed(key string) tea.Cmd {
	m.status = ""
	switch key {
	case "q", "ctrl+c":
		return tea.Quit
	case "n", "right", "space":
		m.move("n")
	case "p", "left":
		m.move("p")
	case "N", "P":
		m.move(strings.ToLower(key) + " " + scenarios.StopNames()[m.kind])
	case "k":
		m.kind = (m.kind + 1) % len(scenarios.StopNames())
	case "tab":
		m.subject++
	case "w", "s", "m", "t", "h", "v":
		m.show(m.s.Do(key))
	case "e", "esc":
		m.show(nil)
	case "down", "j":
		m.top = min(m.top+1, max(0, len(m.panel)-1))
	case "up", "i":
		m.top = max(0, m.top-1)
	case "b", "/", "g":
		m.typing, m.text = key, ""
	case "r":
		m.move("r")
	case "y":
		token := m.s.token()
		m.status = token
		return tea.SetClipboard(token)
	default:
		m.status = fmt.Sprintf("no key %q; h explains them", key)
	}
	return nil
}

// move carries out a command that goes somewhere. Where it could not, its first line is the status.
func (m *model) move(command string) {
	before := m.s.cursor.Event()
	lines := m.s.Do(command)
	m.show(nil)
	if m.s.cursor.Session().Done() {
		m.show(lines)
	}
	if m.s.cursor.Event() == before && len(lines) > 0 {
		m.status = lines[0]
	}
}

// show puts lines into the panel.
func (m *model) show(lines []string) { m.panel, m.top = lines, 0 }

// typed handles a key while a line is typed.
func (m *model) typed(key tea.KeyPressMsg) {
	switch key.String() {
	case "esc", "ctrl+c":
		m.typing = ""
	case "backspace":
		if r := []rune(m.text); len(r) > 0 {
			m.text = string(r[:len(r)-1])
		}
	case "enter":
		command := m.typing + " " + m.text
		m.typing = ""
		lines := m.s.Do(command)
		m.show(nil)
		m.status = lines[0]
	default:
		m.text += key.Text
	}
}

// View implements tea.Model.
func (m *model) View() tea.View {
	v := tea.NewView(strings.Join(m.screen(), "\n"))
	v.AltScreen = true
	return v
}

// screen is what is drawn: where the run is, the nodes, a subject, and below them the panel.
func (m *model) screen() []string {
	v := m.s.view()
	_, branch := m.s.cursor.Branches()
	lines := []string{fmt.Sprintf("gregor step  #%d  %s  %s  branch %d  %d findings", v.Event, v.Clock, v.Phase, branch,
		v.Findings), strings.Repeat("─", m.width)}
	lines = append(lines, Nodes(v)...)
	if all := subjects(v); len(all) > 0 {
		lines = append(lines, "")
		lines = append(lines, Subject(v, all[m.subject%len(all)])...)
	}
	lines = append(lines, strings.Repeat("─", m.width))
	room := max(0, m.height-len(lines)-1)
	lines = append(lines, m.lower(room)...)
	for len(lines) < m.height-1 {
		lines = append(lines, "")
	}
	lines = append(lines[:min(len(lines), max(0, m.height-1))], m.footer())
	for i := range lines {
		lines[i] = terminal.Cut(lines[i], m.width)
	}
	return lines
}

// lower is the panel, or the last events, in as many lines as there are.
func (m *model) lower(room int) []string {
	if m.panel != nil {
		lines := m.panel[min(m.top, len(m.panel)):]
		return lines[:min(room, len(lines))]
	}
	lines := Recent(m.s.cursor.Events(), room)
	return lines[max(0, len(lines)-room):]
}

// footer is the line that is typed, what the last command had to say, or the keys.
func (m *model) footer() string {
	switch {
	case m.typing == "b":
		return "what happens (crash leader(orders-0) for 2s): " + m.text
	case m.typing == "g":
		return "go to event or time (9000, 3.5s): " + m.text
	case m.typing != "":
		return "find: " + m.text
	case m.status != "":
		return m.status
	}
	return fmt.Sprintf("n/p step  N/P %s  k kind  / find  g go  b branch  w why  s story  tab look  h help  q quit",
		scenarios.StopNames()[m.kind])
}

// subjects are what tab goes through: the partitions of the scenario's topics and the groups.
func subjects(v scenarios.View) []string {
	var partitions, groups []string
	for _, m := range v.Machines {
		s := m.Process.Server
		if s == nil {
			continue
		}
		for _, p := range s.Partitions {
			if !strings.HasPrefix(p.Topic, "__") {
				partitions = append(partitions, p.TopicPartition.String())
			}
		}
		for _, g := range s.Groups {
			groups = append(groups, g.ID)
		}
	}
	slices.Sort(partitions)
	slices.Sort(groups)
	return append(slices.Compact(partitions), slices.Compact(groups)...)
}
