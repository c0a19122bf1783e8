package host

import "cmp"

// limitConnections sees to it that connections leave every fourth descriptor to files.
func (h *Host) limitConnections() {
	h.descriptors.limit = cmp.Or(h.opt.MaxDescriptors, openFileLimit())
	most := h.descriptors.limit / 4 * 3 / max(1, len(h.opt.Listen))
	if h.opt.MaxConnections > most && h.opt.MaxConnections < 1<<30 { // above that it was never counted
		h.log.Info("fewer connections than asked for: the process may not open as many files",
			"max", most, "asked", h.opt.MaxConnections)
	}
	h.opt.MaxConnections = min(h.opt.MaxConnections, most)
}
