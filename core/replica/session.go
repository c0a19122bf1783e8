package replica

import (
	"gregor/core/kafka"
)

// session is a fetch session with a source (KIP-227): the source remembers what was asked for, and a request names only
// what is new.
type session struct {
	id    int32 // 0: none was ever begun
	epoch int32 // of the next request; 0: it names every replica, begins a session, and ends the one with this id
}

// isFull reports whether the next request names every replica.
func (s *session) isFull() bool { return s.epoch == 0 }

// end has the next request begin another session.
func (s *session) end() { s.epoch = 0 }

// refused ends the session after an error of the request as a whole.
func (s *session) refused(code kafka.ErrorCode) {
	s.end()
	if code == kafka.FetchSessionIDNotFound {
		s.id = 0
	}
}

// isAboutSession reports whether a full request may be answered where one in a session was not.
func isAboutSession(code kafka.ErrorCode) bool {
	return code == kafka.FetchSessionIDNotFound || code == kafka.InvalidFetchSessionEpoch ||
		code == kafka.FetchSessionTopicIDError
}

// answered goes on with the session id of a response: 0 means that the source keeps no session. After epoch 2^31-1
// comes 1.
func (s *session) answered(id int32) {
	switch {
	case id == 0:
		*s = session{}
	case s.isFull():
		*s = session{id: id, epoch: 1}
	case id != s.id:
		s.end()
	default:
		if s.epoch++; s.epoch < 0 {
			s.epoch = 1
		}
	}
}
