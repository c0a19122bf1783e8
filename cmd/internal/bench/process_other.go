//go:build !linux

package bench

func (p *process) usage() (usage, error) { return usage{}, errNoUsage }
