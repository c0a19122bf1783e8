package terminal

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTable(t *testing.T) {
	table := Table{Head: []string{"NAME", "LAG", "NOTE"}}
	table.Add("a", 5, Cell{"late", Red})
	table.Add("bücher", "-", "")
	table.Add("\x1b[2J", 1200, "ok")
	var out bytes.Buffer
	table.Write(&out)
	require.Equal(t, ""+
		"NAME        LAG  NOTE\n"+
		"a             5  late\n"+
		"bücher        -\n"+
		"\"\\x1b[2J\"  1200  ok\n", out.String())
}

func TestStyles(t *testing.T) {
	require.Equal(t, "\x1b[31mlate\x1b[0m", Red.Paint("late", true))
	require.Equal(t, "late", Red.Paint("late", false))
	require.Equal(t, "late", Plain.Paint("late", true))
	require.False(t, Coloured(&bytes.Buffer{}))
}

func TestSizeText(t *testing.T) {
	for n, want := range map[int64]string{-1: "-", 0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB",
		5 << 20: "5.0 MiB", 3 << 30: "3.0 GiB"} {
		require.Equal(t, want, Size(n))
	}
}

func TestCount(t *testing.T) {
	require.Equal(t, "1 record", Count(1, "record"))
	require.Equal(t, "0 records", Count(0, "record"))
	require.Equal(t, "2 batches", Count(2, "batch"))
	require.Equal(t, "2 entries", Count(2, "entry"))
}
