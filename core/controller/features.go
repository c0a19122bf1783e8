package controller

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
	"gregor/core/metadata"
)

// The types of a feature's update.
const (
	upgrade         = 1
	safeDowngrade   = 2
	unsafeDowngrade = 3
)

// elrMetadataVersion is 4.0-IV1, which has room for eligible leader replicas in its records.
const elrMetadataVersion = 23

// updateFeatures moves the levels of features: all that are asked for, or none.
func (c *Controller) updateFeatures(r *kmsg.UpdateFeaturesRequest) Decision {
	resp := r.ResponseKind().(*kmsg.UpdateFeaturesResponse)
	var records []metadata.Record
	named := map[string]bool{}
	for _, u := range r.FeatureUpdates {
		v := c.view.checkFeature(u, r.Version)
		if named[u.Feature] {
			v = refused(kafka.InvalidRequest, "the request names feature %s twice", u.Feature)
		}
		if named[u.Feature] = true; v.code != kafka.None {
			resp.ErrorCode, resp.ErrorMessage = int16(v.code), v.message()
			return c.always(resp)
		}
		records = append(records, c.view.featureRecords(u)...)
		if r.Version < 2 {
			out := kmsg.NewUpdateFeaturesResponseResult()
			out.Feature = u.Feature
			resp.Results = append(resp.Results, out)
		}
	}
	if r.ValidateOnly {
		records = nil
	}
	return c.orRefuse(records, r, resp)
}

func (c *clusterView) featureRecords(u kmsg.UpdateFeaturesRequestFeatureUpdate) []metadata.Record {
	have := c.image.Feature(u.Feature)
	if have == u.MaxVersionLevel {
		return nil
	}
	level := []metadata.Record{&metadata.FeatureLevel{Name: u.Feature, Level: u.MaxVersionLevel}}
	switch {
	case u.Feature == elrVersion && have == 0:
		return append(level, c.pinMinISR()...)
	case u.Feature == elrVersion && u.MaxVersionLevel == 0:
		return append(level, c.forgetEligible()...)
	}
	return level
}

// forgetEligible empties the lists of eligible leader replicas, which are not kept from now on: used again
// later they would name replicas that lack records. Where the ISR is empty nothing is written, so that the list
// stays right until it gives a leader.
func (c *clusterView) forgetEligible() []metadata.Record {
	var out []metadata.Record
	for _, t := range c.image.Topics() {
		for _, p := range t.Partitions() {
			if len(p.EligibleLeaderReplicas) == 0 || len(p.ISR) == 0 {
				continue
			}
			b := c.change(t, p)
			b.elr = false
			out = append(out, b.build())
		}
	}
	return out
}

// pinMinISR makes min.insync.replicas the same on all brokers, so that leaders and controller agree on when the
// high watermark moves.
func (c *clusterView) pinMinISR() []metadata.Record {
	var records []metadata.Record
	for _, rc := range c.image.AllConfigs() {
		if rc.Resource.Type != metadata.ResourceBroker || rc.Resource.Name == "" {
			continue
		}
		if _, ok := c.own(rc.Resource, minISRConfig); ok {
			records = append(records, &metadata.ConfigRecord{Resource: rc.Resource, Name: minISRConfig})
		}
	}
	all := metadata.Resource{Type: metadata.ResourceBroker}
	if _, ok := c.own(all, minISRConfig); !ok {
		value := fmt.Sprint(c.cfg.Defaults.Int(minISRConfig))
		records = append(records, &metadata.ConfigRecord{Resource: all, Name: minISRConfig, Value: &value})
	}
	return records
}

func (c *clusterView) checkFeature(u kmsg.UpdateFeaturesRequestFeatureUpdate, version int16) verdict {
	kind := u.UpgradeType
	if version == 0 {
		kind = upgrade
		if u.AllowDowngrade {
			kind = safeDowngrade
		}
	}
	have, want := c.image.Feature(u.Feature), u.MaxVersionLevel
	bad := func(format string, args ...any) verdict {
		return refused(kafka.InvalidUpdateVersion, "level %d of feature %s: %s", want, u.Feature,
			fmt.Sprintf(format, args...))
	}
	switch {
	case kind < upgrade || kind > unsafeDowngrade:
		return bad("there is no upgrade type %d", kind)
	case want < 0:
		return bad("a level cannot be below 0")
	case want < have && kind == upgrade:
		return bad("it is below %d, and the request does not allow a downgrade", have)
	case want > have && kind != upgrade:
		return bad("it is above %d, and the request asks for a downgrade", have)
	case want < have && u.Feature == metadataVersion:
		return bad("metadata.version does not go back: records might be lost")
	case u.Feature == elrVersion && want > 0 && c.image.Feature(metadataVersion) < elrMetadataVersion:
		return bad("metadata.version must be at least %d", elrMetadataVersion)
	}
	if who := c.cannotLiveWith(u.Feature, want); who != "" {
		return bad("%s does not support it", who)
	}
	return verdict{}
}

// cannotLiveWith names a node that does not know a level of a feature, "" if there is none.
func (c *clusterView) cannotLiveWith(feature string, level int16) string {
	if !supports(c.cfg.Features, feature, level) {
		return fmt.Sprintf("controller %d", c.cfg.Node)
	}
	for _, b := range c.image.Brokers() {
		if !supports(b.Features, feature, level) {
			return fmt.Sprintf("broker %d", b.ID)
		}
	}
	for _, o := range c.image.Controllers() {
		if o.Controller != c.cfg.Node && !supports(o.Features, feature, level) {
			return fmt.Sprintf("controller %d", o.Controller)
		}
	}
	return ""
}

func supports(ranges []metadata.SupportedFeature, feature string, level int16) bool {
	for _, f := range ranges {
		if f.Name == feature {
			return f.Min <= level && level <= f.Max
		}
	}
	return level == 0
}
