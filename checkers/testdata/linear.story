A partition is one log, touched at one instant between each call and its return.

== sends that overlap may lie either way
1 p1 send 1 a
2 p2 send 1 b
3 p1 sent 1 1
4 p2 sent 1 0
log 0..2 0=b 1=a
=> holds

== planted linearizable: read before what lies in front of it was sent
1 p1 send 1 a
2 c1 poll 1
3 c1 polled 1 from=1 1=a
4 p2 send 1 b
5 p2 sent 1 0
6 p1 sent 1 1
log 0..2 0=b 1=a
=> linearizable t-0@1, event 3: "a" at offset 1 was acknowledged or read at event 3, but "b" at offset 0 was not sent before event 4

== planted linearizable: an end offset counts what was not sent yet
1 c1 end? 1
2 c1 end 1 1
3 p1 send 1 a
4 p1 sent 1 0
log 0..1 0=a
=> linearizable t-0@0, event 2: "a" at offset 0 was counted by an end offset of 1 at event 2, but "a" at offset 0 was not sent before event 3

== an unknown send may happen late
1 p1 send 1 a
2 p1 unsure 1
3 p2 send 1 b
4 p2 sent 1 0
log 0..2 0=b 1=a
=> holds

== facts of one event are concurrent
1 p1 send 1 a
3 p1 sent 1 1
3 p2 send 1 b
4 p2 sent 1 0
log 0..2 0=b 1=a
=> holds

== a stale end offset is only a matter of freshness
1 p1 send 1 a
2 p1 sent 1 0
3 c1 end? 1
4 c1 end 1 0
log 0..1 0=a
=> holds

== planted freshness: less than another was told
1 p1 send 1 a
3 c1 end? 1
4 c1 end 1 1
5 c2 end? 1
6 c2 end 1 0
log 0..1 0=a
ask freshness
=> freshness t-0@0, event 6: c2 called ListOffsets at event 5 and got end offset 0, but offset 0 was known at event 4

== an end offset from before a loss counts what is gone
1 p1 send 1 a
2 p1 sent 1 0
3 c1 end? 1
4 c1 end 1 1
5 b0 power-cut
6 p1 send 2 b
7 p1 sent 2 0
log 0..1 0=b
=> acked-loss t-0@0, event 2: "a" of p1 was acknowledged (acks=all) at offset 0, but the log has "b" there [permitted: the power cut of b0 at event 5 lost what was not flushed; the flushed offset was 0]
=> inconsistent-offsets t-0@0, event 2: offset 0 held "a" and "b" [permitted: the power cut of b0 at event 5 lost what was not flushed; the flushed offset was 0]
=> nonmonotonic-send t-0@0, event 7: p1 sent "a" before "b", but they are at offsets 0 and 0 [permitted: the power cut of b0 at event 5 lost what was not flushed; the flushed offset was 0]

== a topic that is made again begins a log of its own, and when it is gone, too, nobody knows which offset was whose
1 - cluster 1
2 p1 send 1 x
3 p1 send 2 a
4 b1 appended 0..1
5 b1 high 0 2
6 p1 unsure 1
7 p1 sent 2 1
8 b1 says 0/1 -1 - - gone
9 b1 says 0/0 1 1 1 topic=b at=20
10 b1 recovered 0 0
11 b1 leads 0
12 p1 send 3 b
13 b1 appended 0..0
14 b1 high 0 1
15 p1 sent 3 0
16 b1 says 0/1 -1 - - topic=b at=21 gone
=> nonmonotonic-send t-0@0, event 15: p1 sent "a" before "b", but they are at offsets 1 and 0 [permitted: the topic was deleted at event 16]

== planted linearizable: the topic was deleted, but only when both had been appended
1 - cluster 1
2 p1 send 1 x
3 p1 send 2 a
4 b1 appended 0..1
5 b1 high 0 2
6 p1 unsure 1
7 p1 sent 2 1
8 p1 send 3 b
9 p1 sent 3 0
10 b1 says 0/1 -1 - - gone
=> nonmonotonic-send t-0@0, event 9: p1 sent "a" before "b", but they are at offsets 1 and 0 [permitted: the topic was deleted at event 10]
=> linearizable t-0@1, event 7: "a" at offset 1 was acknowledged or read at event 7, but "b" at offset 0 was not sent before event 8

== planted linearizable: what is in the log of the topic that was made again was not lost with the one before
1 - cluster 1
2 b1 says 0/1 -1 - - gone
3 b1 says 0/0 1 1 1 topic=b at=20
4 b1 recovered 0 0
5 b1 leads 0
6 p1 send 1 a
7 b1 appended 0..1
8 b1 high 0 2
9 p1 sent 1 1
10 p2 send 2 b
11 p2 sent 2 0
log 0..2 0=b 1=a
=> linearizable t-0@1, event 9: "a" at offset 1 was acknowledged or read at event 9, but "b" at offset 0 was not sent before event 10
