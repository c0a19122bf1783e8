package live

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"gregor/core/env"
	"gregor/scenarios"
)

// server is one process of gregor serve.
type server struct {
	scenarios.Server
	world       *World
	dir         string // its files
	log         string // the file of its log, of all its lives
	args        []string
	brokers     *proxy // where its broker is reached, nil if it is none
	controllers *proxy // likewise its controller
	life        *life  // nil if it does not run
}

// life is one incarnation of a server.
type life struct {
	cmd   *exec.Cmd
	stdin io.Closer     // its end asks the process to stop, should we be gone
	ended chan struct{} // it is gone
	err   error         // how, once ended
	asked bool          // to stop
}

// controllerListener is the name of the listener of controllers.
const controllerListener = "CONTROLLER"

func newServer(w *World, s scenarios.Server) (*server, error) {
	made := &server{Server: s, world: w, dir: filepath.Join(w.opt.Dir, s.Name),
		log: filepath.Join(w.opt.Dir, s.Name+".log")}
	var err error
	if s.Broker {
		if made.brokers, err = newDoor(w.links, s.Name); err != nil {
			return nil, err
		}
	}
	if s.Controller {
		made.controllers, err = newDoor(w.links, s.Name)
	}
	return made, err
}

// voters returns the value of controller.quorum.voters, each voter reached through its proxy.
func voters(all []*server) string {
	var list []string
	for _, s := range all {
		if s.Controller {
			list = append(list, fmt.Sprintf("%d@%s", s.ID, s.controllers.addr))
		}
	}
	return strings.Join(list, ",")
}

// prepare builds the command line, and creates the directory.
func (s *server) prepare(voters string) error {
	s.args = []string{"serve", "--until-eof", "--data", s.dir, "--cluster-id", clusterID(voters)}
	for _, e := range s.Config {
		if e.Name != "controller.quorum.voters" { // the scenario's are names of the simulator's
			s.set(e.Name, e.Value)
		}
	}
	var listeners []string
	if s.Broker {
		listeners = append(listeners, "PLAINTEXT://"+s.brokers.inner)
		s.set("advertised.listeners", "PLAINTEXT://"+s.brokers.addr)
	}
	if s.Controller {
		listeners = append(listeners, controllerListener+"://"+s.controllers.inner)
	}
	s.set("listeners", strings.Join(listeners, ","))
	s.set("controller.listener.names", controllerListener)
	s.set("controller.quorum.voters", voters)
	return os.Mkdir(s.dir, 0o755)
}

func (s *server) set(name, value string) { s.args = append(s.args, "--set", name+"="+value) }

// clusterID is the id of the cluster with these voters.
func clusterID(voters string) string {
	sum := sha256.Sum256([]byte(voters))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

func (s *server) up() bool { return s.life != nil }

// start begins an incarnation.
func (s *server) start() error {
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own
	l := &life{cmd: exec.Command(s.world.opt.Program, s.args...), ended: make(chan struct{})}
	l.cmd.Stderr = log
	l.cmd.SysProcAttr = dependent()
	if l.stdin, err = l.cmd.StdinPipe(); err != nil {
		return err
	}
	stdout, err := l.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := l.cmd.Start(); err != nil {
		return err
	}
	s.life = l
	s.eachDoor(func(d *proxy) { d.open(l.ended) })
	go s.watch(l, stdout)
	return nil
}

// watch emits Started when a life's process accepts clients, and reports when it is gone.
func (s *server) watch(l *life, stdout io.Reader) {
	for told := bufio.NewScanner(stdout); told.Scan(); {
		if strings.HasPrefix(told.Text(), "ready: ") {
			s.world.in.happened(func() { s.serves(l) })
		}
	}
	l.err = l.cmd.Wait()
	close(l.ended)
	s.world.in.happened(func() { s.left(l) })
}

func (s *server) serves(l *life) {
	if s.life == l {
		s.world.observer.serves(s)
		s.world.in.emit(s.Name, env.Started{Node: s.ID})
	}
}

// left emits how a process ended that was not killed.
func (s *server) left(l *life) {
	if s.life != l {
		return
	}
	s.gone()
	last := lastLines(s.log)
	switch {
	case l.asked && l.err == nil:
		s.world.in.emit(s.Name, env.Stopped{Node: s.ID})
	case strings.Contains(last, "panic: ") || strings.Contains(last, "fatal error: "):
		s.world.fail("%s panicked (%v):\n%s", s.Name, l.err, last)
	default:
		s.world.in.emit(s.Name, env.GaveUp{Node: s.ID, Reason: fmt.Sprintf("its process ended by itself (%v): %s", l.err,
			last)})
	}
}

// gone removes what remains of a life.
func (s *server) gone() {
	s.life = nil
	s.world.observer.away(s, true)
	s.eachDoor((*proxy).shut)
}

func (s *server) eachDoor(do func(*proxy)) {
	for _, d := range []*proxy{s.brokers, s.controllers} {
		if d != nil {
			do(d)
		}
	}
}

// kill ends the process, stopped or not, and waits until it is gone.
func (s *server) kill() {
	if l := s.life; l != nil {
		s.gone()
		_ = l.cmd.Process.Kill() // it may just have ended
		<-l.ended
	}
}

func (s *server) shutdown() {
	if l := s.life; l != nil {
		l.asked = true
		s.signal(syscall.SIGTERM)
	}
}

func (s *server) pause() {
	if s.life != nil {
		s.world.observer.away(s, true)
		s.signal(halt)
	}
}

func (s *server) resume() {
	if s.life != nil {
		s.signal(goOn)
		s.world.observer.away(s, false)
	}
}

func (s *server) signal(sig syscall.Signal) {
	_ = s.life.cmd.Process.Signal(sig) // it may just have ended, which watch reports
}

// lastLinesMax is how much of the end of a log is reported, in bytes.
const lastLinesMax = 4096

func lastLines(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(b[max(0, len(b)-lastLinesMax):]))
}
