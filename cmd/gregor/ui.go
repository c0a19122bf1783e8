package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"gregor/cmd/internal/page"
	"gregor/cmd/internal/story"
)

func uiCommand() *cobra.Command {
	var o runOptions
	var addr, export string
	c := &cobra.Command{
		Use:   "ui [SCENARIO | FILE.scenario | TOKEN]",
		Short: "Show a run on a page: play it, stop it, look into nodes, push faults, branch",
		Long: `Show a run on a page in the browser: play it, stop at any event, go back, look into nodes, partitions and groups,
ask why, make a fault happen by hand and compare what follows. The page opens at the token, and its address names the
moment: another browser opens the same one.

It listens on loopback only. --export writes the page into a directory instead, with the simulator compiled to
WebAssembly: a static site that needs no server but one of files. That needs the go command and Gregor's source.`,
		Example: `  gregor ui
  gregor ui 'storm@17#9791'
  gregor ui --export site`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if export != "" {
				return page.Export(export)
			}
			o.seeded = cmd.Flags().Changed("seed")
			return ui(cmd.Context(), o, args, addr, cmd.OutOrStdout())
		},
	}
	f := c.Flags()
	f.Var(atLeast(&o.seed, 1, 0), "seed", "the `seed` of the run, unless the scenario names one")
	f.StringVar(&addr, "listen", "127.0.0.1:0", "the loopback `address` to serve the page at; port 0: any")
	f.StringVar(&export, "export", "", "write the page into a `directory`, and serve nothing")
	return c
}

func ui(ctx context.Context, o runOptions, args []string, addr string, out io.Writer) error {
	all, err := asksFor(o, args)
	if err != nil {
		return usage(err)
	}
	story.Tune()
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return usage(fmt.Errorf("--listen %s: not a loopback address with a port; write 127.0.0.1:8080", addr))
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "http://%s/#%s\n", l.Addr(), all[0].Token.String())
	s := &http.Server{Handler: page.Handler(), ReadHeaderTimeout: 5 * time.Second}
	ctx, stop := signal.NotifyContext(orBackground(ctx), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		s.Close()
	}()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
