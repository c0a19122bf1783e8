package describe

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
	"gregor/core/raft"
	"gregor/core/wire"
)

// The kinds of endpoints that DescribeCluster may ask for (KIP-919).
const (
	brokerEndpoints     = 1
	controllerEndpoints = 2
)

// Quorum is the metadata quorum as DescribeCluster describes it.
type Quorum interface {
	Voters() []raft.Voter
	Leader() kafka.NodeID
}

// DescribeCluster describes the brokers, or the controllers. As the controller it names this broker, to which a client
// may send what is forwarded, and of controllers the active one.
func (c *Cluster) DescribeCluster(from From, q Quorum, r *kmsg.DescribeClusterRequest) *kmsg.DescribeClusterResponse {
	resp := r.ResponseKind().(*kmsg.DescribeClusterResponse)
	resp.ControllerID, resp.EndpointType, resp.ClusterAuthorizedOperations = -1, 1, noOperations
	kind, on := int8(brokerEndpoints), wire.OnBroker
	if from.Version >= 1 {
		kind = r.EndpointType
	}
	if kind == controllerEndpoints {
		on = wire.OnController
	}
	switch {
	case kind != brokerEndpoints && kind != controllerEndpoints:
		text := fmt.Sprintf("endpoint type %d; there are the brokers' (1) and the controllers' (2)", kind)
		resp.ErrorCode, resp.ErrorMessage = int16(kafka.UnsupportedEndpointType), &text
		return resp
	case from.On&on == 0:
		text := "the brokers' endpoints (1) are described on brokers' listeners, the controllers' (2) on controllers'"
		resp.ErrorCode, resp.ErrorMessage = int16(kafka.MismatchedEndpointType), &text
		return resp
	case kind == controllerEndpoints:
		controllers(q.Voters(), resp)
		resp.ControllerID = int32(q.Leader())
	default:
		c.brokers(resp, from.Listener, r.IncludeFencedBrokers)
		resp.ControllerID = int32(c.Self)
	}
	resp.ClusterID = c.ID
	if r.IncludeClusterAuthorizedOperations {
		resp.ClusterAuthorizedOperations = clusterOperations
	}
	return resp
}

func (c *Cluster) brokers(resp *kmsg.DescribeClusterResponse, listener string, withFenced bool) {
	for _, r := range c.Image.Brokers() {
		at, ok := r.Endpoint(listener)
		if !ok || r.Fenced && !withFenced {
			continue
		}
		out := kmsg.NewDescribeClusterResponseBroker()
		out.NodeID, out.Host, out.Port, out.Rack, out.IsFenced = int32(r.ID), at.Host, int32(at.Port), r.Rack, r.Fenced
		resp.Brokers = append(resp.Brokers, out)
	}
}

func controllers(voters []raft.Voter, resp *kmsg.DescribeClusterResponse) {
	resp.EndpointType = controllerEndpoints
	for _, v := range voters {
		out := kmsg.NewDescribeClusterResponseBroker()
		out.NodeID, out.Host, out.Port = int32(v.ID), v.Host, int32(v.Port)
		resp.Brokers = append(resp.Brokers, out)
	}
}
