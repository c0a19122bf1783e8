package planted

import (
	//tidy:import the planted reason
	"sync"
)

var _ sync.Mutex

func escapes(m map[string]int) {
	//tidy:unordered
	for range m { // want-1 "an escape needs its reason"
		break // want-1 "a range over a map is banned"
	}
	//tidy:map the rule has another name
	for range m { // want-1 "there is no rule \"map\" to escape from; the rules are go, select, channel, unordered"
		break // want-1 "a range over a map is banned"
	}
	//tidy:unordered nothing below needs it
	println() // want-1 "this escape excuses nothing"
	//tidy:go the wrong rule
	for range m { // want-1 "this escape excuses nothing"
		break // want-1 "a range over a map is banned"
	}
	// A comment before it
	//tidy:unordered a reason
	// and one after it are fine.
	for range m {
		break
	}
	//tidy:unordered too far away

	for range m { // want-2 "this escape excuses nothing"
		break // want-1 "a range over a map is banned"
	}
	//tidy:unordered one reason
	//tidy:select another reason, which is one too many
	for range m { // want-1 "this escape excuses nothing on line"
		break
	}
}
