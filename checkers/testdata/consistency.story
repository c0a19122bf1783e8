An offset never changes its meaning.

== it does not
1 p1 send 1 a
2 p1 sent 1 0
3 c1 polled 1 0=a
4 c2 polled 1 0=a
log 0..1 0=a
=> holds

== planted inconsistent-offsets: a consumer saw what is not in the log
1 p1 send 1 a
2 p1 unsure 1
3 p1 send 2 b
5 c1 polled 1 0=a
6 p1 sent 2 0
log 0..1 0=b
=> inconsistent-offsets t-0@0, event 5: offset 0 held "a" and "b"

== after a permitted loss it may
1 p1 send 1 a
2 p1 sent 1 0
3 c1 polled 1 0=a
4 b0 power-cut
5 p1 send 2 b
6 p1 sent 2 0
7 c2 polled 1 0=b
log 0..1 0=b
=> acked-loss t-0@0, event 2: "a" of p1 was acknowledged (acks=all) at offset 0, but the log has "b" there [permitted: the power cut of b0 at event 4 lost what was not flushed; the flushed offset was 0]
=> inconsistent-offsets t-0@0, event 2: offset 0 held "a" and "b" [permitted: the power cut of b0 at event 4 lost what was not flushed; the flushed offset was 0]
=> nonmonotonic-send t-0@0, event 6: p1 sent "a" before "b", but they are at offsets 0 and 0 [permitted: the power cut of b0 at event 4 lost what was not flushed; the flushed offset was 0]
