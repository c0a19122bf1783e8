When everything has been read to the end, somebody was given every record that is there.

== somebody was
1 p1 send 1 a
2 p1 sent 1 0
3 c1 position 0 earliest
4 c1 polled 1 from=0 0=a
log 0..1 0=a
drained
=> holds

== planted unseen: nobody was
1 p1 send 1 a
2 p1 sent 1 0
3 c1 position 0 earliest
log 0..1 0=a
drained
=> unseen t-0@0, event 2: "a" of p1 was acknowledged at offset 0, but no consumer was ever given it

== the run was cut short
1 p1 send 1 a
2 p1 sent 1 0
3 c1 position 0 earliest
log 0..1 0=a
=> holds

== nobody reads that topic
1 p1 send 1 a
2 p1 sent 1 0
log 0..1 0=a
drained
=> holds
