package controller

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
	"gregor/core/mutants"
	"gregor/core/wire"
)

// register takes an incarnation of a broker into the cluster, fenced until it has caught up.
func (c *Controller) register(now env.Now, next kafka.Offset, r *kmsg.BrokerRegistrationRequest) Decision {
	resp := r.ResponseKind().(*kmsg.BrokerRegistrationResponse)
	resp.BrokerEpoch = -1
	if code := c.checkRegistration(now, r); code != kafka.None {
		resp.ErrorCode = int16(code)
		return c.always(resp)
	}
	records, reg := c.view.registration(next, r)
	offset := next + kafka.Offset(len(records)) - 1
	return c.decision(records, func(code kafka.ErrorCode) kmsg.Response {
		if resp.ErrorCode = int16(code); code == kafka.None {
			resp.BrokerEpoch = int64(reg.Epoch)
			c.registered(now, reg, offset)
		}
		return resp
	})
}

// registered begins the session of a registration that is stored. That of the same incarnation goes on.
func (c *Controller) registered(now env.Now, reg *metadata.RegisterBroker, offset kafka.Offset) {
	b, ok := c.view.image.Broker(reg.Broker)
	if !ok || !c.leading {
		return
	}
	s := c.sessions.of(b)
	s.seen, s.registered, s.heard = max(s.seen, now.Mono), offset, true
}

// registration is the record of a registration, last, after what a restart of the broker does to its partitions.
func (c *clusterView) registration(next kafka.Offset, r *kmsg.BrokerRegistrationRequest) ([]metadata.Record,
	*metadata.RegisterBroker) {
	reg := &metadata.RegisterBroker{Broker: kafka.NodeID(r.BrokerID), Incarnation: r.IncarnationID, Rack: r.Rack,
		Fenced: true}
	for _, l := range r.Listeners {
		reg.Endpoints = append(reg.Endpoints, metadata.Endpoint{Name: l.Name, Host: l.Host, Port: l.Port,
			SecurityProtocol: l.SecurityProtocol})
	}
	for _, f := range r.Features {
		reg.Features = append(reg.Features, metadata.SupportedFeature{Name: f.Name, Min: f.MinSupportedVersion,
			Max: f.MaxSupportedVersion})
	}
	for _, d := range r.LogDirs {
		reg.LogDirs = append(reg.LogDirs, d)
	}
	old, ok := c.image.Broker(reg.Broker)
	// I16: the same incarnation, whose reply was lost, keeps its epoch: a new one would fence it by itself.
	if ok && old.Incarnation == reg.Incarnation && !(mutants.Enabled && mutants.On().BumpEpochSameIncarnation) {
		reg.Epoch, reg.Fenced, reg.InControlledShutdown = old.Epoch, old.Fenced, old.InControlledShutdown
		reg.CordonedLogDirs = old.CordonedLogDirs
		return []metadata.Record{reg}, reg
	}
	records := c.restarted(reg, ok && cleanShutdown(old, r))
	reg.Epoch = kafka.BrokerEpoch(next + kafka.Offset(len(records)))
	return append(records, reg), reg
}

// cleanShutdown reports whether the broker knows the epoch it was registered with last: it writes that down when
// everything it has is on its disk. I6: a broker that does not may have lost the end of its logs.
func cleanShutdown(old *metadata.Broker, r *kmsg.BrokerRegistrationRequest) bool {
	return kafka.BrokerEpoch(r.PreviousBrokerEpoch) == old.Epoch || mutants.Enabled && mutants.On().IgnoreUncleanShutdown
}

// restarted is what a new incarnation of a broker does to partitions: it leads nothing, is in no ISR, and after
// an unclean end it is not eligible either. A broker that has one directory has all its replicas there: if that is
// another one than before, they begin empty, and nothing else would ever record where they are.
func (c *clusterView) restarted(reg *metadata.RegisterBroker, clean bool) []metadata.Record {
	w := noTurn
	if clean {
		w.goes = reg.Broker
	} else {
		w.loses = reg.Broker
	}
	var records []metadata.Record
	for _, t := range c.image.Topics() {
		for _, p := range t.Partitions() {
			dirs := rehomed(p, reg)
			if !w.concerns(p) && slices.Equal(dirs, p.Directories) {
				continue
			}
			b := c.turnedPartition(w, t, p)
			b.directories = dirs
			if r := b.build(); r != nil {
				records = append(records, r)
			}
		}
	}
	return records
}

// rehomed is a partition's directories after a broker has registered.
func rehomed(p *metadata.Partition, reg *metadata.RegisterBroker) []kafka.UUID {
	i := slices.Index(p.Replicas, reg.Broker)
	if i < 0 || i >= len(p.Directories) || len(reg.LogDirs) != 1 || p.Directories[i] == reg.LogDirs[0] {
		return p.Directories
	}
	dirs := slices.Clone(p.Directories)
	dirs[i] = reg.LogDirs[0]
	return dirs
}

// partsMax bounds what a broker may list of itself: directories, listeners, features.
const partsMax = 1000

func (c *Controller) checkRegistration(now env.Now, r *kmsg.BrokerRegistrationRequest) kafka.ErrorCode {
	switch old, ok := c.view.image.Broker(kafka.NodeID(r.BrokerID)); {
	case r.ClusterID != c.view.cfg.ClusterID:
		return kafka.InconsistentClusterID
	case r.BrokerID < 0:
		return kafka.InvalidRequest
	case max(len(r.LogDirs), len(r.Listeners), len(r.Features)) > partsMax:
		return kafka.InvalidRegistration
	case ok && !c.sessions.replaceable(now, old) && old.Incarnation != kafka.UUID(r.IncarnationID):
		return kafka.DuplicateBrokerRegistration
	case r.IsMigratingZkBroker:
		return kafka.BrokerIDNotRegistered
	}
	if code := c.view.checkDirectories(r); code != kafka.None {
		return code
	}
	return c.view.checkFeatures(r)
}

// checkDirectories refuses directories that are no ids, are named twice, or are another broker's: the disk of
// one broker must not be taken for another's.
func (c *clusterView) checkDirectories(r *kmsg.BrokerRegistrationRequest) kafka.ErrorCode {
	if len(r.LogDirs) == 0 {
		return kafka.InvalidRegistration
	}
	for i, d := range r.LogDirs {
		if reserved(d) || slices.Contains(r.LogDirs[:i], d) {
			return kafka.InvalidRegistration
		}
		for _, b := range c.image.Brokers() {
			if b.ID != kafka.NodeID(r.BrokerID) && slices.Contains(b.LogDirs, d) {
				return kafka.InvalidRegistration
			}
		}
	}
	return kafka.None
}

func reserved(d kafka.UUID) bool {
	return d[15] <= 100 && kafka.UUID{15: d[15]} == d
}

// checkFeatures refuses a broker that could not read what the cluster has agreed on.
func (c *clusterView) checkFeatures(r *kmsg.BrokerRegistrationRequest) kafka.ErrorCode {
	for _, f := range c.image.Features() {
		lo, hi := int16(0), int16(0)
		if f.Name == metadataVersion {
			lo, hi = 1, 1
		}
		for _, s := range r.Features {
			if s.Name == f.Name {
				lo, hi = s.MinSupportedVersion, s.MaxSupportedVersion
			}
		}
		if f.Level < lo || f.Level > hi {
			return kafka.UnsupportedVersion
		}
	}
	return kafka.None
}

// unregister forgets a broker, and with it whatever it alone had.
func (c *Controller) unregister(r *kmsg.UnregisterBrokerRequest) Decision {
	resp := r.ResponseKind().(*kmsg.UnregisterBrokerResponse)
	b, ok := c.view.image.Broker(kafka.NodeID(r.BrokerID))
	if !ok {
		text := "no broker with this id is registered"
		resp.ErrorCode, resp.ErrorMessage = int16(kafka.BrokerIDNotRegistered), &text
		return c.always(resp)
	}
	w := noTurn
	w.loses = b.ID
	records := append(c.view.turned(w, w.concerns), &metadata.UnregisterBroker{Broker: b.ID, Epoch: b.Epoch})
	return c.decision(records, func(code kafka.ErrorCode) kmsg.Response {
		if code != kafka.None {
			return wire.Refuse(r, code)
		}
		delete(c.sessions.list, b.ID)
		return resp
	})
}
