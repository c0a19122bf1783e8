What was acknowledged is in the final log, where it was acknowledged.

== it is
1 p1 send 1 a
2 p1 send 2 b acks=1
3 p1 sent 1 0
4 p1 sent 2 1
log 0..2 0=a 1=b
=> holds

== planted acked-loss: the log ends before it
1 p1 send 1 a
2 p1 send 2 b acks=1
3 p1 sent 1 0
4 p1 sent 2 1
log 0..1 0=a
=> acked-loss t-0@1, event 4: "b" of p1 was acknowledged (acks=1) at offset 1, but the log end offset is 1

== planted acked-loss: another took its place
1 p1 send 1 a
3 p1 sent 1 0
5 p1 send 2 b
6 p1 sent 2 0
log 0..1 0=b
=> acked-loss t-0@0, event 3: "a" of p1 was acknowledged (acks=all) at offset 0, but the log has "b" there
=> inconsistent-offsets t-0@0, event 3: offset 0 held "a" and "b"
=> nonmonotonic-send t-0@0, event 6: p1 sent "a" before "b", but they are at offsets 0 and 0

== planted acked-loss: a hole
1 p1 send 1 a
2 p1 send 2 b
3 p1 sent 1 0
4 p1 sent 2 1
log 0..2 1=b
=> acked-loss t-0@0, event 3: "a" of p1 was acknowledged (acks=all) at offset 0, but the log has nothing there

== a power cut takes what was not flushed, and its offset is used again
1 p1 send 1 a
2 p1 sent 1 0
3 p1 send 2 b
4 p1 sent 2 1
5 b0 flushed 1
6 b0 power-cut
7 b0 recovered 0 1
8 p1 send 3 c
9 b0 appended 1..1
10 b0 high 1 2
11 p1 sent 3 1
log 0..2 0=a 1=c
=> acked-loss t-0@1, event 4: "b" of p1 was acknowledged (acks=all) at offset 1, but the log has "c" there [permitted: the power cut of b0 at event 6 lost what was not flushed; the flushed offset was 1]
=> inconsistent-offsets t-0@1, event 4: offset 1 held "b" and "c" [permitted: the power cut of b0 at event 6 lost what was not flushed; the flushed offset was 1]
=> nonmonotonic-send t-0@1, event 11: p1 sent "b" before "c", but they are at offsets 1 and 1 [permitted: the power cut of b0 at event 6 lost what was not flushed; the flushed offset was 1]

== planted acked-loss: a power cut that takes what was flushed
1 p1 send 1 a
2 p1 sent 1 0
3 b0 flushed 1
4 b0 power-cut
log 0..0
=> acked-loss t-0@0, event 2: "a" of p1 was acknowledged (acks=all) at offset 0, but the log end offset is 0

== planted acked-loss: a power cut before the record was sent
1 b0 power-cut
2 p1 send 1 a
3 p1 sent 1 0
log 0..0
=> acked-loss t-0@0, event 3: "a" of p1 was acknowledged (acks=all) at offset 0, but the log end offset is 0

== planted acked-loss: a kill is no power cut
1 p1 send 1 a
2 p1 sent 1 0
3 b0 killed
log 0..0
=> acked-loss t-0@0, event 2: "a" of p1 was acknowledged (acks=all) at offset 0, but the log end offset is 0

== acks=0 asks for no promise
1 p1 send 1 a acks=0
2 p1 sent 1
log 0..0
=> acked-loss t-0, event 2: "a" of p1 (acks=0) is not in the log [permitted: acks=0 asks for no promise]

== an unknown outcome is held against nobody
1 p1 send 1 a
2 p1 unsure 1
3 p1 send 2 b
4 p1 unsure 2
5 p1 send 3 c
log 0..1 0=b
=> holds

== retention and compaction take what they may
1 p1 send 1 k:a
2 p1 sent 1 0
3 p1 send 2 k:b
4 p1 sent 2 1
5 p1 send 3 k:c
6 p1 sent 3 2
log 1..3 compacted 2=k:c
=> holds

== planted acked-loss: compaction takes the last of a key
1 p1 send 1 k:a
2 p1 sent 1 0
3 p1 send 2 j:b
4 p1 sent 2 1
log 0..2 compacted 1=j:b
=> acked-loss t-0@0, event 2: "a" of p1 was acknowledged (acks=all) at offset 0, but the log has nothing there

== a failed sync takes what was not flushed, without a power cut
1 b0 recovered 0 0 clean
2 b0 started
3 b0 sync-failed
4 p1 send 1 a acks=1
5 b0 appended 0..0
6 b0 high 0 1
7 p1 sent 1 0
8 b0 killed
9 b0 recovered 0 0
10 b0 started
11 p1 send 2 b acks=1
12 b0 appended 0..0
13 b0 high 0 1
14 b0 flushed 1
15 p1 sent 2 0
log 0..1 0=b
=> recovered-lost-committed t-0@0, event 9: b0 had a high watermark of 1, but its log end offset is 0 after the restart [permitted: the failed sync of b0 at event 3 lost what was not flushed; the flushed offset was 0]
=> acked-loss t-0@0, event 7: "a" of p1 was acknowledged (acks=1) at offset 0, but the log has "b" there [permitted: the failed sync of b0 at event 3 lost what was not flushed; the flushed offset was 0]
=> inconsistent-offsets t-0@0, event 7: offset 0 held "a" and "b" [permitted: the failed sync of b0 at event 3 lost what was not flushed; the flushed offset was 0]
=> nonmonotonic-send t-0@0, event 15: p1 sent "a" before "b", but they are at offsets 0 and 0 [permitted: the failed sync of b0 at event 3 lost what was not flushed; the flushed offset was 0]

== planted acked-loss: but not what was flushed
1 b0 recovered 0 0 clean
2 b0 started
3 b0 sync-failed
4 p1 send 1 a acks=1
5 b0 appended 0..0
6 b0 high 0 1
7 b0 flushed 1
8 p1 sent 1 0
9 b0 killed
10 b0 recovered 0 0
log 0..0
=> recovered-lost-flushed t-0@0, event 10: b0 had flushed up to offset 1, but its log end offset is 0 after the restart
=> acked-loss t-0@0, event 8: "a" of p1 was acknowledged (acks=1) at offset 0, but the log end offset is 0

== records on a disk that was damaged before
1 b0 damaged
2 p1 send 1 a
3 p1 sent 1 0
log 0..0
=> acked-loss t-0@0, event 3: "a" of p1 was acknowledged (acks=all) at offset 0, but the log end offset is 0 [permitted: the disk of b0 was damaged at event 1]

== a topic that was deleted takes its records with it
1 - cluster 1
2 p1 send 1 a
3 b1 appended 0..0
4 b1 high 0 1
5 p1 sent 1 0
6 b1 says 0/1 -1 - - gone
7 b1 says 0/0 1 1 1 topic=b at=20
8 b1 recovered 0 0
9 b1 leads 0
log 0..0
=> acked-loss t-0@0, event 5: "a" of p1 was acknowledged (acks=all) at offset 0, but the log end offset is 0 [permitted: the topic was deleted at event 6]

== planted acked-loss: but not those of the topic that is made anew
1 - cluster 1
2 b1 says 0/1 -1 - - gone
3 b1 says 0/0 1 1 1 topic=b at=20
4 b1 recovered 0 0
5 b1 leads 0
6 p1 send 1 a
7 b1 appended 0..0
8 b1 high 0 1
9 p1 sent 1 0
log 0..0
=> acked-loss t-0@0, event 9: "a" of p1 was acknowledged (acks=all) at offset 0, but the log end offset is 0
