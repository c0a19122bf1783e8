package raft

import (
	"fmt"
	"strconv"
	"strings"

	"gregor/core/kafka"
)

// ParseVoters reads controller.quorum.voters: id@host:port, separated by commas; and with :directory-id after the
// port what kafka-storage takes as --initial-controllers.
func ParseVoters(s string) ([]Voter, error) {
	var out []Voter
	for _, part := range strings.Split(s, ",") {
		v, err := parseVoter(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("controller.quorum.voters: %q is not id@host:port: %w", part, err)
		}
		out = append(out, v)
	}
	return out, nil
}

func parseVoter(s string) (v Voter, err error) {
	number, address, ok := strings.Cut(s, "@")
	id, err := strconv.ParseUint(number, 10, 31)
	if !ok || err != nil {
		return v, fmt.Errorf("the id before @ is no node id")
	}
	v.ID = kafka.NodeID(id)
	if strings.HasPrefix(address, "[") { // IPv6
		v.Host, address, ok = strings.Cut(address[1:], "]:")
	} else {
		v.Host, address, ok = strings.Cut(address, ":")
	}
	port, dir, hasDir := strings.Cut(address, ":")
	n, err := strconv.ParseUint(port, 10, 16)
	if !ok || err != nil || v.Host == "" {
		return v, fmt.Errorf("host or port is missing")
	}
	v.Port = uint16(n)
	if hasDir {
		v.Directory, err = kafka.ParseUUID(dir)
	}
	return v, err
}
