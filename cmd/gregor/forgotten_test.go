package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestServeRefusesForgottenMetadata starts a broker on a directory whose metadata log lacks what was committed: it
// ends, renames nothing and names what would be lost and the config that accepts the loss. With that config it starts,
// and the next start does not need it.
func TestServeRefusesForgottenMetadata(t *testing.T) {
	t.Parallel()
	at := func(dir, name string) string { return filepath.Join(dir, name) }
	log := metadataDir + "/00000000000000000000.log"
	for name, c := range map[string]struct {
		damage func(t *testing.T, dir string)
		want   string
		stays  bool // the topic: the log has it still
	}{
		"gone": {damage: func(t *testing.T, dir string) { require.NoError(t, os.RemoveAll(at(dir, metadataDir))) },
			want: "quorum-state is missing, and all below"},
		"log gone": {damage: func(t *testing.T, dir string) { require.NoError(t, os.Remove(at(dir, log))) },
			want: `the log ends at offset 0, below the recovery point \d+, and all below`},
		"half a log": {damage: func(t *testing.T, dir string) {
			text, err := os.ReadFile(at(dir, log))
			require.NoError(t, err)
			require.NoError(t, os.Truncate(at(dir, log), int64(len(text)/4)))
		}, want: `below the recovery point \d+`},
		"a flipped bit": {damage: func(t *testing.T, dir string) {
			text, err := os.ReadFile(at(dir, log))
			require.NoError(t, err)
			text[len(text)/4] ^= 1
			require.NoError(t, os.WriteFile(at(dir, log), text, 0o644))
		}, want: `is corrupt at position \d+, offset \d+, below the recovery point \d+`},
		"no quorum-state": {damage: func(t *testing.T, dir string) {
			require.NoError(t, os.Remove(at(dir, metadataDir+"/quorum-state")))
		},
			want: "quorum-state is missing, and all below", stays: true},
		"gone, and nothing known of it": {damage: func(t *testing.T, dir string) {
			require.NoError(t, os.RemoveAll(at(dir, metadataDir)))
			require.NoError(t, os.Remove(at(dir, ".kafka_cleanshutdown")))
			text, err := os.ReadFile(at(dir, "replication-offset-checkpoint"))
			require.NoError(t, err)
			require.Equal(t, "0\n2\n__cluster_metadata 0 ", string(text[:len("0\n2\n__cluster_metadata 0 ")]))
			require.NoError(t, os.WriteFile(at(dir, "replication-offset-checkpoint"), []byte("0\n1\norders 0 1\n"), 0o644))
		}, want: "the metadata log knows no topic: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := used(t)
			c.damage(t, dir)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			_, stderr, code := gregor(ctx, "", "serve", "--data", dir, "--set", "listeners=PLAINTEXT://127.0.0.1:0")
			require.NoError(t, ctx.Err(), "the broker starts; see core/broker/forgotten.go")
			require.Equal(t, exitFailed, code)
			require.Regexp(t, regexp.MustCompile(c.want), stderr)
			require.Contains(t, stderr, "restore the directory __cluster_metadata-0, or start with --set unclean.metadata.recovery.enable=true")
			require.Contains(t, stderr, "which are renamed -stray (1 may be: orders-0)")
			require.DirExists(t, at(dir, "orders-0"))
			for _, sets := range [][]string{{"unclean.metadata.recovery.enable=true"}, nil} {
				b := startTestNode(t, serveOptions{dataDir: dir, quiet: true,
					sets: append(sets, "listeners=PLAINTEXT://127.0.0.1:0")})
				t.Cleanup(b.kill)
				b.awaitStart()
				b.stop()
			}
			if c.stays {
				require.DirExists(t, at(dir, "orders-0"))
				return
			}
			strays, err := filepath.Glob(at(dir, "orders-0.*-stray"))
			require.NoError(t, err)
			require.Len(t, strays, 1)
		})
	}
}
