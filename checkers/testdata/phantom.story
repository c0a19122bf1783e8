Every record was sent by somebody.

== older records than the history are none of its business
1 p1 send 1 a
2 p1 sent 1 1
log 0..2 0=old 1=a
=> holds

== planted phantom-record: a record from nowhere
1 p1 send 1 a
2 p1 sent 1 0
3 c1 polled 1 0=a 1=b
=> phantom-record t-0@1, event 3: offset 1 holds "b", which nobody sent there
