package metalog

import "gregor/core/view"

// View returns the replica of the metadata log as data, nil before Open.
func (l *Log) View() *view.Quorum {
	if l.raft == nil {
		return nil
	}
	v := l.raft.View()
	v.Applied = l.applied
	return &v
}
