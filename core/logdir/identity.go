package logdir

import (
	"errors"
	"fmt"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/kafka"
)

// MetaPropertiesFile says whose directory this is, as kafka-storage writes it.
const MetaPropertiesFile = "meta.properties"

// format claims an empty directory. One that holds partitions but not their owner is refused: a file was lost, and a
// new identity would hide that.
func (d *Dir) format() {
	for _, e := range d.found.entries {
		if e.Dir && isPartitionDir(e.Name) {
			d.node.GiveUp("the data directory holds %s but no %s: restore that file, or use an empty directory", e.Name,
				MetaPropertiesFile)
			return
		}
	}
	d.clusterID, d.id = d.newClusterID(), d.uuids.UUID()
	text := fmt.Sprintf("#\nversion=1\ncluster.id=%s\nnode.id=%d\ndirectory.id=%s\n", d.clusterID, d.config.Node, d.id)
	d.files.replace(MetaPropertiesFile, []byte(text), func(now env.Now, err error) {
		if err != nil {
			d.node.GiveUp("the data directory cannot be formatted: %v", err)
			return
		}
		d.readCheckpoints()
	})
}

// newClusterID is the cluster an empty directory is formatted for: the one that is configured, or else one that all
// nodes with the same controller.quorum.voters derive, or else a new one.
func (d *Dir) newClusterID() string {
	switch {
	case d.config.ClusterID != "":
		return d.config.ClusterID
	case d.config.Voters == "":
		return d.uuids.UUID().String()
	}
	named := env.NewRand(0)
	named = named.Fork(d.config.Voters)
	return named.UUID().String()
}

// identified checks that the directory is this node's.
func (d *Dir) identified(now env.Now, text []byte, err error) {
	if err == nil {
		err = d.readIdentity(text)
	}
	if err != nil {
		d.node.GiveUp("%s: %v", MetaPropertiesFile, err)
		return
	}
	d.readCheckpoints()
}

func (d *Dir) readIdentity(text []byte) error {
	entries, err := config.ParseProperties(MetaPropertiesFile, string(text))
	if err != nil {
		return err
	}
	found := map[string]string{}
	for _, e := range entries {
		found[e.Name] = e.Value
	}
	switch {
	case found["version"] != "1":
		return fmt.Errorf("version=%q, but only version=1 is known: restore the file, or use an empty directory",
			found["version"])
	case found["node.id"] != fmt.Sprint(d.config.Node):
		return fmt.Errorf("node.id=%q, but this node is %d: start with --set node.id=%s, or with another --data directory",
			found["node.id"], d.config.Node, found["node.id"])
	case found["cluster.id"] == "":
		return errors.New("cluster.id is missing: restore the line, or use an empty directory")
	case d.config.ClusterID != "" && d.config.ClusterID != found["cluster.id"]:
		return fmt.Errorf("cluster.id=%q, but this node is configured with %q: use another --data directory",
			found["cluster.id"], d.config.ClusterID)
	}
	d.clusterID = found["cluster.id"]
	if d.id, err = kafka.ParseUUID(found["directory.id"]); err != nil {
		return fmt.Errorf("directory.id=%q: %w: restore the line, or use an empty directory", found["directory.id"], err)
	}
	if reservedID(d.id) {
		return fmt.Errorf("directory.id=%q is one of the ids that name no directory: write another one, or use an empty directory", found["directory.id"])
	}
	return nil
}

// reservedID reports whether an id is one of the first 101, which Kafka keeps for its own purposes.
func reservedID(id kafka.UUID) bool { return id[15] <= 100 && kafka.UUID{15: id[15]} == id }
