package peer

import "gregor/core/env"

// Asked returns the API and its version of a request without a response on a connection, by its correlation id.
func (p *Pool) Asked(id env.ConnID, correlation int32) (key, version int16, ok bool) {
	if c := p.byConn[id]; c != nil {
		for i := range c.calls {
			if k := &c.calls[i]; k.corr == correlation {
				return k.key, k.version, true
			}
		}
	}
	return 0, 0, false
}
