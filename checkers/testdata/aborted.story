What definitely failed is not there.

== it is not
1 p1 send 1 a
2 p1 failed 1
log 0..0
=> holds

== planted failed-append-seen: it is
1 p1 send 1 a
2 p1 failed 1
log 0..1 0=a
=> failed-append-seen t-0@0, event 2: "a" of p1 failed (), but is at offset 0
