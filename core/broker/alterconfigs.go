package broker

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/describe"
	"gregor/core/env"
	"gregor/core/inbox"
)

// A broker judges itself what a request wants of brokers' configs before the controller decides the rest, as Kafka's
// ConfigAdminManager does: configs of a broker are changed at that broker, which alone knows its file.

// alterConfigs splits a request: resources that are answered here, and those of the controller.
func (b *Broker) alterConfigs(now env.Now, q *inbox.Request, r *kmsg.AlterConfigsRequest) {
	rest, here := *r, map[int]describe.Judgement{}
	rest.Resources = nil
	for i, in := range r.Resources {
		if j := b.cluster.Misdirected(q.Conn().Serves(), in.ResourceType, in.ResourceName); j.Refuses() {
			here[i] = j
			continue
		}
		rest.Resources = append(rest.Resources, in)
	}
	t := q.Ticket()
	b.decideRest(now, q, &rest, len(here) > 0 && len(rest.Resources) == 0, func(now env.Now, answer kmsg.Response) {
		resp := answer.(*kmsg.AlterConfigsResponse)
		resp.Resources = woven(len(r.Resources), resp.Resources, here,
			func(i int, j describe.Judgement) kmsg.AlterConfigsResponseResource {
				out := kmsg.NewAlterConfigsResponseResource()
				out.ResourceType, out.ResourceName, out.ErrorCode, out.ErrorMessage = r.Resources[i].ResourceType,
					r.Resources[i].ResourceName, int16(j.Code), j.Message()
				return out
			})
		b.replyTo(t, resp)
	})
}

// incrementalAlterConfigs does likewise; loggers are this broker's own.
func (b *Broker) incrementalAlterConfigs(now env.Now, q *inbox.Request, r *kmsg.IncrementalAlterConfigsRequest) {
	rest, here := *r, map[int]describe.Judgement{}
	rest.Resources = nil
	for i, in := range r.Resources {
		j := b.cluster.Misdirected(q.Conn().Serves(), in.ResourceType, in.ResourceName)
		switch {
		case in.ResourceType == kmsg.ConfigResourceTypeBrokerLogger:
			here[i] = b.alterLoggers(in, r.ValidateOnly)
		case j.Refuses():
			here[i] = j
		default:
			rest.Resources = append(rest.Resources, in)
		}
	}
	t := q.Ticket()
	b.decideRest(now, q, &rest, len(here) > 0 && len(rest.Resources) == 0, func(now env.Now, answer kmsg.Response) {
		resp := answer.(*kmsg.IncrementalAlterConfigsResponse)
		resp.Resources = woven(len(r.Resources), resp.Resources, here,
			func(i int, j describe.Judgement) kmsg.IncrementalAlterConfigsResponseResource {
				out := kmsg.NewIncrementalAlterConfigsResponseResource()
				out.ResourceType, out.ResourceName, out.ErrorCode, out.ErrorMessage = r.Resources[i].ResourceType,
					r.Resources[i].ResourceName, int16(j.Code), j.Message()
				return out
			})
		b.replyTo(t, resp)
	})
}

// alterLoggers changes levels, all or none of those that a request names.
func (b *Broker) alterLoggers(in kmsg.IncrementalAlterConfigsRequestResource, validateOnly bool) describe.Judgement {
	if j := b.cluster.OfThisBroker(in.ResourceName); j.Refuses() {
		return j
	}
	facts, j := b.loggers.Alter(in.Configs, validateOnly)
	for _, f := range facts {
		b.world.Emit(f)
	}
	return j
}

// decideRest has the controller decide what is left of a request, if anything is.
func (b *Broker) decideRest(now env.Now, q *inbox.Request, rest kmsg.Request, nothing bool,
	then func(env.Now, kmsg.Response)) {
	if nothing {
		then(now, rest.ResponseKind())
		return
	}
	b.router.Decide(now, rest, q.ClientID(), func(now env.Now, resp kmsg.Response) {
		b.awaitOutcome(now, rest, resp, func(now env.Now) { then(now, resp) })
	})
}

// woven puts n answers in the order of the request: those given here at their places, and the controller's between
// them.
func woven[T any](n int, rest []T, here map[int]describe.Judgement, answer func(int, describe.Judgement) T) []T {
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
