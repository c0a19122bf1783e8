package checkers

import "gregor/checkers/model"

// once remembers which replicas a check has reported, so that it reports each once in an epoch and not with every
// record.
type once map[*model.Replica]int

// first reports whether a replica has not been reported since it entered its epoch.
func (o once) first(r *model.Replica) bool {
	if o[r] == r.Entered+1 {
		return false
	}
	o[r] = r.Entered + 1
	return true
}
