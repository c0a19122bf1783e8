package describe

import (
	"fmt"
	"strings"

	"gregor/core/metadata"
	"gregor/core/wire"
)

// SupportedFeatures are the features this version knows, and their levels.
func SupportedFeatures() []wire.Feature {
	return []wire.Feature{wire.MetadataVersion(), {Name: "eligible.leader.replicas.version", Min: 0, Max: 1}}
}

// Features are those, with the levels the cluster has settled on.
func (c *Cluster) Features() []wire.Feature {
	all := SupportedFeatures()
	for i := range all {
		all[i].Finalized = c.Image.Feature(all[i].Name)
	}
	return all
}

// CheckFeatures refuses a cluster that has finalized what this broker does not support: it could not read the metadata
// that comes, or would not do what clients rely on.
func CheckFeatures(finalized []metadata.FeatureLevel) error {
	var wrong []string
	for _, f := range finalized {
		if lo, hi := supportedLevels(f.Name); f.Level < lo || f.Level > hi {
			wrong = append(wrong, fmt.Sprintf("%s is at level %d, and this broker supports %s", f.Name, f.Level, levels(lo, hi)))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("%s; lower it with kafka-features.sh while the brokers that support it run, or use an empty directory", strings.Join(wrong, "; "))
}

// supportedLevels are those of a feature; one that this version does not know is supported at level 0, which is off.
func supportedLevels(feature string) (lo, hi int16) {
	for _, f := range SupportedFeatures() {
		if f.Name == feature {
			return f.Min, f.Max
		}
	}
	return 0, 0
}

func levels(lo, hi int16) string {
	if lo == hi {
		return fmt.Sprintf("level %d only", lo)
	}
	return fmt.Sprintf("levels %d to %d", lo, hi)
}

// SupportedText lists the supported levels for people.
func SupportedText() string {
	var all []string
	for _, f := range SupportedFeatures() {
		all = append(all, f.Name+" "+levels(f.Min, f.Max))
	}
	return strings.Join(all, ", ")
}
