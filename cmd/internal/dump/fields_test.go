package dump

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSnakeCase(t *testing.T) {
	for name, want := range map[string]string{"ID": "id", "LeaderEpoch": "leader_epoch", "LastKnownELR": "last_known_elr",
		"ProducerIDs": "producer_ids", "ISR": "isr", "TopicID": "topic_id", "MigratingZkBroker": "migrating_zk_broker"} {
		require.Equal(t, want, snakeCase(name))
	}
}
