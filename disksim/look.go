package disksim

import "gregor/core/env"

// Unsynced is a file with changes that a power cut may take.
type Unsynced struct {
	Path    string `json:"path"`
	Changes int    `json:"changes"` // writes and truncations since the last sync that covered them
	From    int64  `json:"from"`    // the first byte one of them wrote or cut off
}

// Unsynced lists the files with changes that no sync has covered, by path.
func (d *Disk) Unsynced() (list []Unsynced) {
	d.eachFile(d.root, "", func(path string, n *inode) {
		u := Unsynced{Path: path}
		for i := range n.list {
			c := &n.list[i]
			if c.fate == durable {
				continue
			}
			if u.Changes == 0 || c.pos < u.From {
				u.From = c.pos
			}
			u.Changes++
		}
		if u.Changes > 0 {
			list = append(list, u)
		}
	})
	return list
}

// About returns the path that the outcome under delivery is about, of a rename both, "" if that is not known any more:
// an outcome that its node has had to leave for later names its file only.
func (d *Disk) About(e *env.Event) string {
	switch {
	case e.File != 0 && int(e.File) <= len(d.handles):
		return d.handles[e.File-1].path
	case e == &d.event && d.aboutTo != "":
		return d.about + " to " + d.aboutTo
	case e == &d.event:
		return d.about
	}
	return ""
}
