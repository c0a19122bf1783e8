package planted

import "gregor/core/env"

type log struct{ disk env.Disk }

func (l *log) op(func(env.Now, env.Event)) env.OpID           { return 0 }
func (l *log) must(string, func(env.Now, env.Event)) env.OpID { return 0 }
func (l *log) then(func(env.Now, error))                      {}
func (l *log) took(env.Now, env.Event)                        {} // want "an outcome that nothing looks at is banned"

//tidy:outcome a planted reason
func closed(env.Now, env.Event) {}

func outcomes(l *log, take func(env.Event)) {
	l.disk.Remove(l.op(func(env.Now, env.Event) {}), "f")                            // want "an outcome that nothing looks at is banned"
	l.disk.Remove(l.op(func(_ env.Now, _ env.Event) {}), "f")                        // want "an outcome that nothing looks at is banned"
	l.disk.Remove(l.op(func(_ env.Now, e env.Event) { println(e.Size) }), "f")       // want "an outcome that nothing looks at is banned"
	l.disk.Remove(l.op(func(_ env.Now, e env.Event) { println(e.Err == nil) }), "f") // looked at
	l.disk.Remove(l.op(func(_ env.Now, e env.Event) { take(e) }), "f")               // handed on
	l.disk.Remove(l.must("removal", func(env.Now, env.Event) {}), "f")               // looked at before
	l.then(func(_ env.Now, _ error) {})                                              // want "an outcome that nothing looks at is banned"
	l.then(func(_ env.Now, err error) { println(err == nil) })                       // looked at
}
