package controller

import (
	"gregor/core/metadata"
)

// clusterView is what decisions are made from: the image, and the configuration of this node. Its methods change
// nothing; those that decide return records.
type clusterView struct {
	cfg   Config
	image *metadata.Image
}
