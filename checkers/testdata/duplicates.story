Sent once, there once; unless the producer is not idempotent.

== planted duplicate: an idempotent producer's record is there twice
1 p1 send 1 a
2 p1 sent 1 0 attempts=2
log 0..2 0=a 1=a
=> duplicate t-0@1, event 1: "a" of p1 is at offsets [0 1]

== a plain producer that tried twice
1 p1 send 1 a plain
2 p1 sent 1 1 attempts=2
log 0..2 0=a 1=a
=> duplicate t-0@1, event 1: "a" of p1 is at offsets [0 1] [permitted: the producer is not idempotent and tried 2 times]

== planted duplicate: more often than it tried
1 p1 send 1 a plain
2 p1 sent 1 2 attempts=2
log 0..3 0=a 1=a 2=a
=> duplicate t-0@2, event 1: "a" of p1 is at offsets [0 1 2]

== planted duplicate: seen by consumers only
1 p1 send 1 a
2 p1 sent 1 0
3 c1 polled 1 0=a 1=a
=> duplicate t-0@1, event 1: "a" of p1 is at offsets [0 1]
