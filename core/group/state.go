package group

// State is a classic group's state, by Kafka's names.
type State uint8

// The states. A group goes Empty -> PreparingRebalance -> CompletingRebalance -> Stable, from the last two
// back to PreparingRebalance, from there to Empty when nobody is left, and from anywhere to Dead.
const (
	// Empty: no members. It may have offsets.
	Empty State = iota
	// PreparingRebalance: members are asked to join again; JoinGroup waits.
	PreparingRebalance
	// CompletingRebalance: everybody knows the new generation; SyncGroup waits for the leader's.
	CompletingRebalance
	// Stable: the generation's assignment is stored and handed out.
	Stable
	// Dead: being deleted, or no longer this coordinator's.
	Dead
)

var stateNames = [...]string{"Empty", "PreparingRebalance", "CompletingRebalance", "Stable", "Dead"}

func (s State) String() string { return stateNames[s] }

// mayFollow says from which states each state is reached.
var mayFollow = [...][]State{
	Empty:               {PreparingRebalance, Dead}, // from Dead: the deletion could not be stored
	PreparingRebalance:  {Stable, CompletingRebalance, Empty},
	CompletingRebalance: {PreparingRebalance},
	Stable:              {CompletingRebalance},
	Dead:                {Empty, PreparingRebalance, CompletingRebalance, Stable},
}
