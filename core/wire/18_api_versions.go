package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// ApiVersions (key 18): 0-5. A version beyond that is answered with a version 0 body, UNSUPPORTED_VERSION and
// the table, so that the client can come again with what we know (KIP-511). The response header is version 0
// whatever the body is.
//
//	1     throttle in the response
//	2     throttle after the response
//	3     flexible; the client sends its software's name and version (KIP-511); features (KIP-584)
//	4     a feature's lowest version may be 0 (KAFKA-17011); before, such a feature is left out
//	5     the client sends what cluster and node it believes to talk to; REBOOTSTRAP_REQUIRED (KIP-1242)
var apiVersionsAPI = serve(API{Key: 18, Name: "ApiVersions", Min: 0, Max: 5, Served: 0, FlexibleFrom: 3,
	On: OnBroker | OnController, body: newShape(`
	software string 3+
	softwareVersion string 3+
	cluster ?string 5+
	node int32 5+
`)})

// Feature is a cluster feature as ApiVersions reports it: what this broker can do, and the level the cluster has
// settled on. A Finalized of 0 is a feature that is off.
type Feature struct {
	Name      string
	Min, Max  int16
	Finalized int16
}

// MetadataVersion is the feature every 4.4 broker has: metadata.version 3.3-IV3 to 4.4-IV2.
func MetadataVersion() Feature {
	return Feature{Name: "metadata.version", Min: 7, Max: 33, Finalized: 33}
}

// ApiVersionsResponse builds the answer to an ApiVersions request that came to one of the listeners on. Name a
// feature only when it is true: clients act on them. epoch is the metadata offset at which the features were
// finalized.
func ApiVersionsResponse(q *Request, on Listeners, features []Feature, epoch int64) *kmsg.ApiVersionsResponse {
	resp := kmsg.NewPtrApiVersionsResponse()
	resp.Version = q.Version
	if q.Unsupported {
		resp.Version, resp.ErrorCode = 0, int16(kafka.UnsupportedVersion)
	}
	for _, a := range APIs() {
		if a.On&on == 0 || q.Unsupported && a.Key != q.Key { // what the client needs to ask again (KIP-511)
			continue
		}
		k := kmsg.NewApiVersionsResponseApiKey()
		k.ApiKey, k.MinVersion, k.MaxVersion = a.Key, a.Min, a.Max
		resp.ApiKeys = append(resp.ApiKeys, k)
	}
	resp.FinalizedFeaturesEpoch = epoch
	for _, f := range features {
		appendFeature(resp, f)
	}
	return resp
}

func appendFeature(resp *kmsg.ApiVersionsResponse, f Feature) {
	if f.Min > 0 || resp.Version >= 4 {
		s := kmsg.NewApiVersionsResponseSupportedFeature()
		s.Name, s.MinVersion, s.MaxVersion = f.Name, f.Min, f.Max
		resp.SupportedFeatures = append(resp.SupportedFeatures, s)
	}
	if f.Finalized > 0 {
		s := kmsg.NewApiVersionsResponseFinalizedFeature()
		s.Name, s.MinVersionLevel, s.MaxVersionLevel = f.Name, f.Finalized, f.Finalized
		resp.FinalizedFeatures = append(resp.FinalizedFeatures, s)
	}
}

// CheckApiVersions is what is wrong with an ApiVersions request: a software name or version that breaks KIP-511's
// pattern, half an address (KIP-1242), or the wrong cluster or node.
func CheckApiVersions(req *kmsg.ApiVersionsRequest, cluster string, node int32) kafka.ErrorCode {
	switch {
	case req.Version >= 3 && !(softwareName(req.ClientSoftwareName) && softwareName(req.ClientSoftwareVersion)):
		return kafka.InvalidRequest
	case req.Version < 5 || req.ClusterID == nil && req.NodeID == -1:
		return kafka.None
	case req.ClusterID == nil || req.NodeID == -1:
		return kafka.InvalidRequest
	case *req.ClusterID != cluster || req.NodeID != node:
		return kafka.RebootstrapRequired
	}
	return kafka.None
}

// softwareName reports whether s is letters and digits, with dashes and dots inside.
func softwareName(s string) bool {
	for i := range len(s) {
		edge := i == 0 || i == len(s)-1
		if !alphanumeric(s[i]) && (edge || s[i] != '-' && s[i] != '.') {
			return false
		}
	}
	return s != ""
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
