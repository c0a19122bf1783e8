package controller

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
	"gregor/core/must"
)

// Refuse answers a request of the controller's with one error for all it asks for: NotController from a node that
// does not lead, RequestTimedOut, and whatever kept records from being stored.
func Refuse(request kmsg.Request, code kafka.ErrorCode) kmsg.Response {
	resp := refusal(request, code)
	if resp == nil {
		must.Fail("controller: %T is not the controller's to refuse; was Decides not asked?", request)
	}
	return resp
}

// refusal is the response, nil for a request that is not the controller's.
func refusal(request kmsg.Request, code kafka.ErrorCode) kmsg.Response {
	resp := request.ResponseKind()
	switch a := resp.(type) {
	case *kmsg.BrokerRegistrationResponse:
		a.ErrorCode, a.BrokerEpoch = int16(code), -1
	case *kmsg.BrokerHeartbeatResponse:
		a.ErrorCode, a.IsFenced = int16(code), true
	case *kmsg.UnregisterBrokerResponse:
		a.ErrorCode = int16(code)
	case *kmsg.AlterPartitionResponse:
		a.ErrorCode = int16(code)
	case *kmsg.ElectLeadersResponse:
		a.ErrorCode = int16(code)
	case *kmsg.AlterPartitionAssignmentsResponse:
		a.ErrorCode = int16(code)
	case *kmsg.ListPartitionReassignmentsResponse:
		a.ErrorCode = int16(code)
	case *kmsg.AllocateProducerIDsResponse:
		a.ErrorCode = int16(code)
	case *kmsg.UpdateFeaturesResponse:
		a.ErrorCode = int16(code)
	default:
		return refusalByPart(request, code)
	}
	return resp
}

// refusalByPart is the response of requests whose parts are answered one by one.
func refusalByPart(request kmsg.Request, code kafka.ErrorCode) kmsg.Response {
	switch r := request.(type) {
	case *kmsg.CreateTopicsRequest:
		var topics []*newTopic
		for _, ask := range r.Topics {
			topics = append(topics, &newTopic{ask: ask, verdict: verdict{code: code}})
		}
		return topicsRefused(r, topics)
	case *kmsg.DeleteTopicsRequest:
		return refuseDeletion(r, code)
	case *kmsg.CreatePartitionsRequest:
		resp := r.ResponseKind().(*kmsg.CreatePartitionsResponse)
		for _, t := range r.Topics {
			out := kmsg.NewCreatePartitionsResponseTopic()
			out.Topic, out.ErrorCode = t.Topic, int16(code)
			resp.Topics = append(resp.Topics, out)
		}
		return resp
	case *kmsg.AlterConfigsRequest:
		resp := r.ResponseKind().(*kmsg.AlterConfigsResponse)
		for _, e := range r.Resources {
			out := kmsg.NewAlterConfigsResponseResource()
			out.ResourceType, out.ResourceName, out.ErrorCode = e.ResourceType, e.ResourceName, int16(code)
			resp.Resources = append(resp.Resources, out)
		}
		return resp
	case *kmsg.IncrementalAlterConfigsRequest:
		resp := r.ResponseKind().(*kmsg.IncrementalAlterConfigsResponse)
		for _, e := range r.Resources {
			out := kmsg.NewIncrementalAlterConfigsResponseResource()
			out.ResourceType, out.ResourceName, out.ErrorCode = e.ResourceType, e.ResourceName, int16(code)
			resp.Resources = append(resp.Resources, out)
		}
		return resp
	}
	return nil
}

func topicsRefused(r *kmsg.CreateTopicsRequest, topics []*newTopic) kmsg.Response {
	resp := r.ResponseKind().(*kmsg.CreateTopicsResponse)
	for _, t := range topics {
		out := kmsg.NewCreateTopicsResponseTopic()
		out.Topic, out.ErrorCode = t.ask.Topic, int16(t.code)
		resp.Topics = append(resp.Topics, out)
	}
	return resp
}

func refuseDeletion(r *kmsg.DeleteTopicsRequest, code kafka.ErrorCode) kmsg.Response {
	var topics []*deadTopic
	for _, name := range r.TopicNames {
		topics = append(topics, &deadTopic{name: &name, verdict: verdict{code: code}})
	}
	for _, t := range r.Topics {
		topics = append(topics, &deadTopic{name: t.Topic, id: t.TopicID, verdict: verdict{code: code}})
	}
	return topicsGone(r, topics)
}
