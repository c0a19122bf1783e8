package bench

import (
	"context"
	"errors"
	"time"
)

// processes are one server: a broker is one process, a cluster several.
type processes []*process

// watched are those of a target that runs already: one at least, to have an address.
func watched(t Target) (ps processes) {
	for _, pid := range append(t.PIDs, 0)[:max(1, len(t.PIDs))] {
		ps = append(ps, &process{addr: t.Bootstrap, pid: pid})
	}
	return ps
}

// startAll starts a server of several processes, which may need each other to be ready.
func startAll(ctx context.Context, argvs [][]string, env []string, addr string) (ps processes, err error) {
	for _, argv := range argvs {
		p, err := launch(ctx, argv, env, addr)
		if err != nil {
			return ps, err
		}
		p.rough = len(argvs) > 1
		ps = append(ps, p)
	}
	for _, p := range ps {
		err = errors.Join(err, p.await(ctx))
	}
	return ps, err
}

// usage is that of all together.
func (ps processes) usage() (sum usage, err error) {
	if len(ps) == 0 {
		return sum, errNoUsage
	}
	for _, p := range ps {
		u, err := p.usage()
		if err != nil {
			return sum, err
		}
		sum.cpu, sum.rss, sum.peak = sum.cpu+u.cpu, sum.rss+u.rss, sum.peak+u.peak
	}
	return sum, nil
}

// addr is where to begin to ask.
func (ps processes) addr() string { return ps[0].addr }

// ready is when the last one was.
func (ps processes) ready() (d time.Duration) {
	for _, p := range ps {
		d = max(d, p.ready)
	}
	return d
}

func (ps processes) stop() {
	for _, p := range ps {
		switch {
		case p.cmd == nil:
		case p.rough:
			_ = p.cmd.Process.Kill()
		default:
			_ = p.ask()
		}
	}
	for _, p := range ps {
		p.stop()
	}
}

// at finds the process that listens there, and the others.
func (ps processes) at(addr string) (one *process, rest processes) {
	for _, p := range ps {
		if p.addr == addr {
			one = p
		} else {
			rest = append(rest, p)
		}
	}
	return one, rest
}
