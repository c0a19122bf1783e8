package group

// State is a classic group's state, by Kafka's names.
//
//	         a member joins                    all have joined, or the
//	                                           rebalance timeout has passed
//	┌───────┐ ───────────▶ ┌────────────────────┐ ───────────▶ ┌─────────────────────┐
//	│ Empty │              │ PreparingRebalance │              │ CompletingRebalance │
//	└───────┘ ◀─────────── └────────────────────┘ ◀─────────── └─────────────────────┘
//	  │   ▲    no member           ▲            a member joins,            │
//	  │   │    is left             │            leaves, or does            │ the leader's assignment
//	  │   │                        │            not sync in time           │ is stored
//	  │   │                        │                                       ▼
//	  │   │ its tombstones         │                                   ┌────────┐
//	  │   │ are refused            └────────────────────────────────── │ Stable │
//	  │   │                         a member joins, leaves or expires  └────────┘
//	  ▼   │
//	┌──────┐
//	│ Dead │ ◀─── from any state: the partition is unloaded
//	└──────┘
//	 it is deleted, or its offsets have expired
type State uint8

// The states.
const (
	// Empty: no members. It may have offsets.
	Empty State = iota
	// PreparingRebalance: members are asked to join again; JoinGroup waits.
	PreparingRebalance
	// CompletingRebalance: all members know the new generation; SyncGroup waits for the leader's.
	CompletingRebalance
	// Stable: the generation's assignment is stored and handed out.
	Stable
	// Dead: being deleted, or not this coordinator's any more.
	Dead
)

var stateNames = [...]string{"Empty", "PreparingRebalance", "CompletingRebalance", "Stable", "Dead"}

func (s State) String() string { return stateNames[s] }

// mayFollow lists from which states each state is reached.
var mayFollow = [...][]State{
	Empty:               {PreparingRebalance, Dead}, // from Dead: the tombstones were refused
	PreparingRebalance:  {Stable, CompletingRebalance, Empty},
	CompletingRebalance: {PreparingRebalance},
	Stable:              {CompletingRebalance},
	Dead:                {Empty, PreparingRebalance, CompletingRebalance, Stable},
}
