Every record was sent by somebody.

== older records than the history are none of its business
1 p1 send 1 a
2 p1 sent 1 1
log 0..2 0=old 1=a
=> holds
