package broker

import (
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/wire"
)

// A broker judges itself what a request wants of brokers' configs before the controller decides the rest, as Kafka's
// ConfigAdminManager does: configs of a broker are changed at that broker, which alone knows its file.

// judgement is a broker's own answer to a resource of a request.
type judgement struct {
	code wire.ErrorCode
	text string
}

func (j judgement) message() *string {
	if j.code == wire.None {
		return nil
	}
	return &j.text
}

// alterConfigs splits a request: resources that are answered here, and those of the controller.
func (b *Broker) alterConfigs(now env.Now, s *slot, r *kmsg.AlterConfigsRequest) {
	rest, here := *r, map[int]judgement{}
	rest.Resources = nil
	for i, in := range r.Resources {
		if j := b.misdirected(s.conn.on, in.ResourceType, in.ResourceName); j.code != wire.None {
			here[i] = j
			continue
		}
		rest.Resources = append(rest.Resources, in)
	}
	t := s.ticket
	b.decideRest(now, s, &rest, len(here) > 0 && len(rest.Resources) == 0, func(now env.Now, answer kmsg.Response) {
		resp := answer.(*kmsg.AlterConfigsResponse)
		resp.Resources = woven(len(r.Resources), resp.Resources, here, func(i int, j judgement) kmsg.AlterConfigsResponseResource {
			out := kmsg.NewAlterConfigsResponseResource()
			out.ResourceType, out.ResourceName, out.ErrorCode, out.ErrorMessage = r.Resources[i].ResourceType, r.Resources[i].ResourceName, int16(j.code), j.message()
			return out
		})
		b.replyTo(t, resp)
	})
}

// incrementalAlterConfigs does likewise; loggers are this broker's own.
func (b *Broker) incrementalAlterConfigs(now env.Now, s *slot, r *kmsg.IncrementalAlterConfigsRequest) {
	rest, here := *r, map[int]judgement{}
	rest.Resources = nil
	for i, in := range r.Resources {
		j := b.misdirected(s.conn.on, in.ResourceType, in.ResourceName)
		switch {
		case in.ResourceType == kmsg.ConfigResourceTypeBrokerLogger:
			here[i] = b.alterLoggers(in, r.ValidateOnly)
		case j.code != wire.None:
			here[i] = j
		default:
			rest.Resources = append(rest.Resources, in)
		}
	}
	t := s.ticket
	b.decideRest(now, s, &rest, len(here) > 0 && len(rest.Resources) == 0, func(now env.Now, answer kmsg.Response) {
		resp := answer.(*kmsg.IncrementalAlterConfigsResponse)
		resp.Resources = woven(len(r.Resources), resp.Resources, here, func(i int, j judgement) kmsg.IncrementalAlterConfigsResponseResource {
			out := kmsg.NewIncrementalAlterConfigsResponseResource()
			out.ResourceType, out.ResourceName, out.ErrorCode, out.ErrorMessage = r.Resources[i].ResourceType, r.Resources[i].ResourceName, int16(j.code), j.message()
			return out
		})
		b.replyTo(t, resp)
	})
}

// decideRest has the controller decide what is left of a request, if anything is.
func (b *Broker) decideRest(now env.Now, s *slot, rest kmsg.Request, nothing bool, then func(env.Now, kmsg.Response)) {
	if nothing {
		then(now, rest.ResponseKind())
		return
	}
	b.decided(now, rest, s.clientID, func(now env.Now, resp kmsg.Response) {
		b.awaitOutcome(now, rest, resp, func(now env.Now) { then(now, resp) })
	})
}

// woven puts n answers in the order of the request: those given here at their places, and the controller's between them.
func woven[T any](n int, rest []T, here map[int]judgement, answer func(int, judgement) T) []T {
	all := make([]T, 0, n)
	for i := range n {
		j, ok := here[i]
		switch {
		case ok:
			all = append(all, answer(i, j))
		case len(rest) > 0:
			all, rest = append(all, rest[0]), rest[1:]
		}
	}
	return all
}

// misdirected refuses the configs of another broker, and of none: the client asks the wrong one.
func (b *Broker) misdirected(on wire.Listeners, kind kmsg.ConfigResourceType, name string) judgement {
	if kind != kmsg.ConfigResourceTypeBroker || name == "" || on&wire.OnBroker == 0 { // asked as the controller
		return judgement{}
	}
	return b.ofThisBroker(name)
}

func (b *Broker) ofThisBroker(name string) judgement {
	id, err := strconv.ParseInt(name, 10, 32)
	switch {
	case err != nil:
		return judgement{wire.InvalidRequest, fmt.Sprintf("Node id must be an integer, but it is: %s", shortName(name))}
	case env.NodeID(id) != b.id:
		return judgement{wire.InvalidRequest, fmt.Sprintf("Unexpected broker id, expected %d, but received %d", b.id, id)}
	}
	return judgement{}
}

const nameShownMax = 80 // bytes of a wrong name in an answer

func shortName(name string) string { return name[:min(len(name), nameShownMax)] }
