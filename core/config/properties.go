package config

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Entry is one name and value as they were written, and where: "server.properties:12", "--set", "" for the wire.
type Entry struct {
	Name, Value string
	Origin      string
	InFile      bool // Origin is a line of a properties file
}

// Bounds on a properties file. One that is larger is refused whole.
const (
	propertiesBytesMax   = 1 << 20
	propertiesEntriesMax = 10_000
)

// ParseProperties reads text in Java's .properties format: comments from # or !, name and value parted by =, :
// or blanks, \ before a line's end to go on, and the escapes \t \n \r \f \\ and \uXXXX. It differs from Java
// in two ways: a byte that is not UTF-8 is read as Latin-1, and a broken \u escape is an error with its place.
// Entries come in the order they stand; of a name that stands twice the later one counts.
func ParseProperties(file, text string) ([]Entry, error) {
	if len(text) > propertiesBytesMax {
		return nil, fmt.Errorf("%s: %d bytes; a properties file has at most %d", file, len(text), propertiesBytesMax)
	}
	var entries []Entry
	lines := propertyLines{text: text}
	for {
		line, number, ok := lines.next()
		if !ok {
			return entries, nil
		}
		if len(entries) == propertiesEntriesMax {
			return nil, fmt.Errorf("%s:%d: more than %d properties", file, number, propertiesEntriesMax)
		}
		origin := file + ":" + strconv.Itoa(number)
		name, value := splitProperty(line)
		entry := Entry{Origin: origin, InFile: true}
		var err error
		if entry.Name, err = unescape(name); err == nil {
			entry.Value, err = unescape(value)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", origin, err)
		}
		entries = append(entries, entry)
	}
}

// FormatProperties writes entries as a properties file that [ParseProperties] reads back, a line each.
func FormatProperties(entries []Entry) string {
	var b strings.Builder
	for _, e := range entries {
		b.WriteString(escape(e.Name, " =:#!"))
		b.WriteByte('=')
		b.WriteString(escape(e.Value, ""))
		b.WriteByte('\n')
	}
	return b.String()
}

// escape writes a name or a value so that it ends where it should; special are characters that would end it, or begin
// a comment.
func escape(text, special string) string {
	var b strings.Builder
	for i, r := range text {
		short, ok := map[rune]string{'\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\f': `\f`}[r]
		switch {
		case ok:
			b.WriteString(short)
		case r == ' ' && i == 0, strings.ContainsRune(special, r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// ParseSet reads the argument of a --set flag.
func ParseSet(arg string) (Entry, error) {
	name, value, ok := strings.Cut(arg, "=")
	name = strings.TrimSpace(name)
	if !ok || name == "" {
		return Entry{}, fmt.Errorf("--set %q: want name=value, as in --set num.partitions=3", arg)
	}
	return Entry{Name: name, Value: strings.TrimSpace(value), Origin: "--set"}, nil
}

// propertyLines cuts text into logical lines: natural lines joined where one ends in an odd number of
// backslashes, without blank ones and comments.
type propertyLines struct {
	text   string
	number int // of the natural line read last
}

func (p *propertyLines) next() (line string, number int, ok bool) {
	for p.text != "" {
		line = p.natural()
		number = p.number
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		if line = p.joined(line); line != "" {
			return line, number, true
		}
	}
	return "", 0, false
}

// joined appends what the following lines add to a line that ends in a continuation.
func (p *propertyLines) joined(line string) string {
	if !continues(line) {
		return line
	}
	var b strings.Builder
	for continues(line) {
		b.WriteString(line[:len(line)-1])
		line = p.natural() // "" at the end of the text, which ends the loop
	}
	b.WriteString(line)
	return b.String()
}

// natural returns the next line without its end and the blanks before it.
func (p *propertyLines) natural() string {
	p.number++
	end := strings.IndexAny(p.text, "\r\n")
	if end < 0 {
		line := p.text
		p.text = ""
		return strings.TrimLeft(line, blanks)
	}
	line, rest := p.text[:end], p.text[end+1:]
	if p.text[end] == '\r' {
		rest = strings.TrimPrefix(rest, "\n")
	}
	p.text = rest
	return strings.TrimLeft(line, blanks)
}

const blanks = " \t\f"

func continues(line string) bool {
	return (len(line)-len(strings.TrimRight(line, `\`)))%2 == 1
}

// splitProperty parts a logical line at the first =, : or blank that no backslash stands before. Blanks
// around one = or : belong to neither side.
func splitProperty(line string) (name, value string) {
	end := 0
	for end < len(line) && !strings.ContainsRune("=:"+blanks, rune(line[end])) {
		if line[end] == '\\' {
			end++
		}
		end++
	}
	end = min(end, len(line))
	name, value = line[:end], strings.TrimLeft(line[end:], blanks)
	if value != "" && (value[0] == '=' || value[0] == ':') {
		value = strings.TrimLeft(value[1:], blanks)
	}
	return name, value
}

// unescape resolves backslashes, and makes UTF-8 of what is not.
func unescape(s string) (string, error) {
	if !utf8.ValidString(s) {
		s = latin1(s)
	}
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		i++
		if i == len(s) {
			break // a backslash at the very end of the file stands for nothing
		}
		if s[i] != 'u' {
			b.WriteByte(escaped(s[i]))
			continue
		}
		r, used, err := unicodeEscape(s[i-1:])
		if err != nil {
			return "", err
		}
		b.WriteRune(r)
		i += used - 2
	}
	return b.String(), nil
}

func escaped(c byte) byte {
	switch c {
	case 't':
		return '\t'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 'f':
		return '\f'
	}
	return c
}

// unicodeEscape reads \uXXXX at the start of s, or two of them that make one character.
func unicodeEscape(s string) (r rune, used int, err error) {
	first, ok := hex4(s)
	if !ok {
		return 0, 0, fmt.Errorf(`%q is not \u and four hexadecimal digits`, s[:min(len(s), 6)])
	}
	if second, ok := hex4(s[6:]); ok && utf16.IsSurrogate(first) {
		if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
			return r, 12, nil
		}
	}
	return first, 6, nil // half a pair becomes U+FFFD when it is written
}

func hex4(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil
}

func latin1(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}
