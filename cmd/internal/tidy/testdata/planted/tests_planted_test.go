package planted

import (
	"math/rand" // want "importing math/rand is banned"
	"os"
	"sync" // want "importing sync is banned"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var _ sync.Mutex

func TestPlanted(t *testing.T) {
	require.NotNil(t, os.Args)
	go println(rand.Int())                           // want "a go statement is banned"
	for k, v := range map[string]float64{"a": 1.5} { // the order of a test's cases decides nothing
		t.Log(k, v, time.Now()) // want "time.Now is banned"
	}
}
