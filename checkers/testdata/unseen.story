When everything has been read to the end, somebody was given every record that is there.

== somebody was
1 p1 send 1 a
2 p1 sent 1 0
3 c1 position 0 earliest
4 c1 polled 1 from=0 0=a
log 0..1 0=a
drained
=> holds

== a consumer whose position was deleted goes on at the end, as it asked to
1 p1 send 1 a
2 p1 sent 1 0
2 p1 send 2 b
2 p1 sent 2 1
3 c1 position 0 earliest
4 c1 polled 1 from=0 0=a
5 p1 send 3 c
5 p1 sent 3 2
6 c1 position 2 latest
7 c1 polled 2 from=2 2=c
log 0..3 0=a 1=b 2=c
drained
=> holds

== planted unseen: it passed over what it had gone beyond before
1 p1 send 1 a
1 p1 send 2 b
2 p1 sent 1 0
2 p1 sent 2 1
3 c1 position 1 committed
4 c1 polled 1 from=1 1=b
6 c1 position 2 latest
log 0..2 0=a 1=b
drained
=> unseen t-0@0, event 2: "a" of p1 was acknowledged at offset 0, but no consumer ever read it

== planted unseen: it is not given what came after the position
1 p1 send 1 a
1 p1 send 2 b
2 p1 sent 1 0
6 c1 position 1 latest
7 p1 sent 2 1
log 0..2 0=a 1=b
drained
=> unseen t-0@1, event 7: "b" of p1 was acknowledged at offset 1, but no consumer ever read it

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

== an offset that held a record before, which an unclean election lost
1 - cluster 2
2 b1 says 0/1 1 1,2 1
2 b1 isr 0 1 1
3 p1 send 1 a
4 b1 appended 0..0 crc=a
5 b1 high 0 1
6 p1 sent 1 0
7 c1 position 0 earliest
8 c1 polled 1 from=0 0=a
9 b1 killed
10 b2 says 1/2 2 1,2 2 unclean
10 b2 broker 1 1 at=20 fenced
11 b2 leads 1
11 b2 isr 1 2 2
12 p1 send 2 b
13 b2 appended 0..0 epoch=1 crc=b
14 b2 high 0 1
15 p1 sent 2 0
log 0..1 0=b
drained
=> leader-completeness t-0@0, event 11: b2 became leader in epoch 1 without offset 0, but everything below offset 1 was committed; b1 has it [permitted: unclean election of b2 in epoch 1]
=> acked-loss t-0@0, event 6: "a" of p1 was acknowledged (acks=all) at offset 0, but the log has "b" there [permitted: unclean election of b2 in epoch 1]
=> inconsistent-offsets t-0@0, event 6: offset 0 held "a" and "b" [permitted: unclean election of b2 in epoch 1]
=> nonmonotonic-send t-0@0, event 15: p1 sent "a" before "b", but they are at offsets 0 and 0 [permitted: unclean election of b2 in epoch 1]
=> unseen t-0@0, event 15: "b" of p1 was acknowledged at offset 0, but no consumer ever read it [permitted: unclean election of b2 in epoch 1]

== planted unseen: but not one that held none
1 - cluster 2
2 b1 says 0/1 1 1,2 1
2 b1 isr 0 1 1
3 p1 send 1 a
4 b1 appended 0..0 crc=a
5 b1 high 0 1
6 p1 sent 1 0
7 c1 position 0 earliest
8 c1 polled 1 from=0 0=a
9 b1 killed
10 b2 says 1/2 2 1,2 2 unclean
10 b2 broker 1 1 at=20 fenced
11 b2 leads 1
11 b2 isr 1 2 2
12 p1 send 2 b
13 b2 appended 0..0 epoch=1 crc=b
14 b2 high 0 1
15 p1 sent 2 0
16 p1 send 3 c
17 b2 appended 1..1 epoch=1 crc=c
18 b2 high 1 2
19 p1 sent 3 1
log 0..2 0=b 1=c
drained
=> leader-completeness t-0@0, event 11: b2 became leader in epoch 1 without offset 0, but everything below offset 1 was committed; b1 has it [permitted: unclean election of b2 in epoch 1]
=> acked-loss t-0@0, event 6: "a" of p1 was acknowledged (acks=all) at offset 0, but the log has "b" there [permitted: unclean election of b2 in epoch 1]
=> inconsistent-offsets t-0@0, event 6: offset 0 held "a" and "b" [permitted: unclean election of b2 in epoch 1]
=> nonmonotonic-send t-0@0, event 15: p1 sent "a" before "b", but they are at offsets 0 and 0 [permitted: unclean election of b2 in epoch 1]
=> unseen t-0@0, event 15: "b" of p1 was acknowledged at offset 0, but no consumer ever read it [permitted: unclean election of b2 in epoch 1]
=> unseen t-0@1, event 19: "c" of p1 was acknowledged at offset 1, but no consumer ever read it

== compaction and retention may come before the consumer, after the log was read
1 p1 send 1 k:a
2 p1 sent 1 0
3 p1 send 2 k:b
4 p1 sent 2 1
5 p1 send 3 k:c
6 p1 sent 3 2
7 b0 recovered 0 3 clean
8 b0 start 1 retention.ms
9 b0 cleaning 3
10 c1 position 0 earliest
11 c1 polled 1 from=1 2=k:c
log 0..3 compacted 0=k:a 1=k:b 2=k:c
drained
=> holds

== planted unseen: but not the last of a key
1 p1 send 1 k:a
2 p1 sent 1 0
3 p1 send 2 j:b
4 p1 sent 2 1
5 b0 recovered 0 2 clean
6 b0 cleaning 2
7 c1 position 0 earliest
8 c1 polled 1 from=1 1=j:b
log 0..2 compacted 0=k:a 1=j:b
drained
=> poll-skip t-0@0, event 8: c1 started at offset 0 and got offset 1 first, without offset 0
=> unseen t-0@0, event 2: "a" of p1 was acknowledged at offset 0, but no consumer ever read it
