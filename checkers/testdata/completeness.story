Whoever leads has everything that was committed.

== the new leader has it, and the old one cuts what only it had
1 - cluster 3 min=2
2 b1,b2,b3 appended 0..4 crc=a
3 b1 high 0 5
4 b1 appended 5..9 crc=b
5 b1 killed
6 b2 says 1/1 2 1,2,3 2,3
7 b2 leads 1
7 b2 isr 1 1 2,3
8 b3 follows 2 1
9 b2,b3 appended 5..7 epoch=1 crc=c
10 b2 high 0 8
11 b1 recovered 0 10
12 b1 follows 2 1
13 b1 truncated 5
14 b1 recovered 0 5
15 b1 appended 5..7 epoch=1 crc=c
=> holds

== planted leader-completeness: a clean election of one that lacks it
1 - cluster 3 min=2
2 b1,b2,b3 appended 0..4 crc=a
3 b1,b2 appended 5..9 crc=b
4 b1 says 0/1 1 1,2,3 1,2 min=2
4 b1 isr 0 1 1,2
5 b1 high 0 10
6 b1 killed
7 b2 says 1/2 3 1,2,3 2,3 min=2
8 b3 leads 1
=> election-outside-isr t-0, event 7: b3 was elected cleanly in epoch 1, but the ISR was [b1 b2] and the ELR []
=> strong-isr t-0@5, event 7: b3 is in the ISR, but lacks offset 5: everything below offset 10 was committed
=> leader-completeness t-0@5, event 8: b3 became leader in epoch 1 without offset 5, but everything below offset 10 was committed; b1 has it

== planted leader-completeness: one that has something else
1 - cluster 2
2 b1 appended 0..4 crc=a
3 b2 appended 0..4 epoch=1 crc=b
4 b1 isr 0 0 1
5 b1 high 0 5
6 b1 says 1/1 2 1,2 1,2
7 b2 leads 1
=> isr-unfounded t-0, event 4: b1 leads with ISR [b1] in epoch 0 and partition epoch 0, but the metadata has ISR [b1 b2] in epoch 0
=> strong-isr t-0@0, event 5: b2 is in the ISR, but lacks offset 0: everything below offset 5 was committed
=> leader-completeness t-0@0, event 7: b2 became leader in epoch 1 without offset 0, but everything below offset 5 was committed; b1 has it

== an unclean election may
1 - cluster 3
2 p1 send 1 a
3 b1 appended 0..0 crc=a
4 b1 says 0/1 1 1,2,3 1
4 b1 isr 0 1 1
5 b1 high 0 1
6 p1 sent 1 0
7 b1 killed
8 b2 says 1/2 3 1,2,3 3 unclean
8 b2 broker 1 1 at=20 fenced
9 b3 leads 1
9 b3 isr 1 2 3
10 p2 send 1 b
11 b3 appended 0..0 epoch=1 crc=b
12 b3 high 0 1
13 p2 sent 1 0
14 b1 recovered 0 1
15 b1 follows 3 1
16 b1 truncated 0
17 b1 recovered 0 0
log 0..1 0=b
=> leader-completeness t-0@0, event 9: b3 became leader in epoch 1 without offset 0, but everything below offset 1 was committed; b1 has it [permitted: unclean election of b3 in epoch 1]
=> acked-loss t-0@0, event 6: "a" of p1 was acknowledged (acks=all) at offset 0, but the log has "b" there [permitted: unclean election of b3 in epoch 1]
=> inconsistent-offsets t-0@0, event 6: offset 0 held "a" and "b" [permitted: unclean election of b3 in epoch 1]

== planted leader-completeness: the next one, elected cleanly, may not
1 - cluster 3
2 b1 says 0/1 1 1,2,3 1
2 b1 isr 0 1 1
3 b1 appended 0..0 crc=a
4 b1 high 0 1
5 b2 says 1/2 3 1,2,3 3 unclean
5 b2 broker 1 1 at=20 fenced
6 b3 leads 1
6 b3 isr 1 2 3
7 b3 appended 0..0 epoch=1 crc=b
8 b3 high 0 1
9 b3 says 1/3 3 1,2,3 3,2
10 b3 says 2/4 2 1,2,3 3,2
11 b2 leads 2
=> leader-completeness t-0@0, event 6: b3 became leader in epoch 1 without offset 0, but everything below offset 1 was committed; b1 has it [permitted: unclean election of b3 in epoch 1]
=> strong-isr t-0@0, event 9: b2 is in the ISR, but lacks offset 0: everything below offset 1 was committed
=> leader-completeness t-0@0, event 11: b2 became leader in epoch 2 without offset 0, but everything below offset 1 was committed; b3 has it

== every replica in sync lost power before it had flushed
1 - cluster 2
2 p1 send 1 a
3 b1,b2 appended 0..0 crc=a
4 b1 high 0 1
5 p1 sent 1 0
6 b1 power-cut
6 b2 power-cut
7 b2 recovered 0 0
8 b2 leads 1
9 b1 recovered 0 0
10 b1 follows 2 1
log 0..0
=> leader-completeness t-0@0, event 8: b2 became leader in epoch 1 without offset 0, but everything below offset 1 was committed [permitted: every replica that had it has lost it: the power cut of b1 at event 6 and the power cut of b2 at event 6]
=> acked-loss t-0@0, event 5: "a" of p1 was acknowledged (acks=all) at offset 0, but the log end offset is 0 [permitted: every replica that had it has lost it: the power cut of b1 at event 6 and the power cut of b2 at event 6]

== planted leader-completeness: one had flushed it
1 - cluster 2
2 p1 send 1 a
3 b1,b2 appended 0..0 crc=a
4 b1 high 0 1
4 b1 flushed 1
5 p1 sent 1 0
6 b1 power-cut
6 b2 power-cut
7 b2 recovered 0 0
8 b2 leads 1
9 b1 recovered 0 1
log 0..0
=> leader-completeness t-0@0, event 8: b2 became leader in epoch 1 without offset 0, but everything below offset 1 was committed; b1 has it
=> acked-loss t-0@0, event 5: "a" of p1 was acknowledged (acks=all) at offset 0, but the log end offset is 0

== min.insync.replicas=1, and the last in sync lost power
1 - cluster 2
2 b1 says 0/1 1 1,2 1
2 b1 isr 0 1 1
3 p1 send 1 a
4 b1 appended 0..0 crc=a
5 b1 high 0 1
6 p1 sent 1 0
7 b1 power-cut
8 b1 registers 20
9 b1 recovered 0 0
10 b1 leads 1
10 b1 isr 1 2 1
log 0..0
=> leader-completeness t-0@0, event 10: b1 became leader in epoch 1 without offset 0, but everything below offset 1 was committed [permitted: min.insync.replicas=1: the ISR was b1 alone, and lost it: the power cut of b1 at event 7]
=> acked-loss t-0@0, event 6: "a" of p1 was acknowledged (acks=all) at offset 0, but the log end offset is 0 [permitted: min.insync.replicas=1: the ISR was b1 alone, and lost it: the power cut of b1 at event 7]

== planted leader-completeness: the last in sync lost it, and another has it
1 - cluster 2 min=2
2 b1,b2 appended 0..4
3 b1 high 0 5
4 b1 says 0/1 1 1,2 1
4 b1 isr 0 1 1
5 b1 power-cut
6 b1 registers 20
7 b1 recovered 0 0
8 b1 leads 1
=> strong-isr t-0@0, event 7: b1 is in the ISR, but lacks offset 0: everything below offset 5 was committed
=> leader-completeness t-0@0, event 8: b1 became leader in epoch 1 without offset 0, but everything below offset 5 was committed; b2 has it

== without eligible leader replicas that is how it is
config without-elr
1 - cluster 2 min=2
2 p1 send 1 a
3 b1,b2 appended 0..4
4 b1 high 0 5
5 p1 sent 1 4
6 b1 says 0/1 1 1,2 1
6 b1 isr 0 1 1
7 b1 power-cut
8 b1 registers 20
9 b1 recovered 0 0
10 b1 leads 1
log 0..0
=> leader-completeness t-0@0, event 10: b1 became leader in epoch 1 without offset 0, but everything below offset 5 was committed [permitted: without eligible leader replicas the last member of the ISR is elected again, whatever it lost: the power cut of b1 at event 7]
=> acked-loss t-0@4, event 5: "a" of p1 was acknowledged (acks=all) at offset 4, but the log end offset is 0 [permitted: without eligible leader replicas the last member of the ISR is elected again, whatever it lost: the power cut of b1 at event 7]

== acks=1: what the leader alone had
1 - cluster 3
2 p1 send 1 a acks=1
3 b1 appended 0..0 crc=a
4 p1 sent 1 0
5 b1 killed
6 b2 says 1/1 2 1,2,3 2,3
7 b2 leads 1
8 p1 send 2 b acks=1
9 b2 appended 0..0 epoch=1 crc=b
10 p1 sent 2 0
log 0..1 0=b
=> acked-loss t-0@0, event 4: "a" of p1 was acknowledged (acks=1) at offset 0, but the log has "b" there [permitted: acks=1: b2 became leader after b1 in epoch 1 before it had fetched it]
=> inconsistent-offsets t-0@0, event 4: offset 0 held "a" and "b" [permitted: acks=1: b2 became leader after b1 in epoch 1 before it had fetched it]
=> nonmonotonic-send t-0@0, event 10: p1 sent "a" before "b", but they are at offsets 0 and 0 [permitted: acks=1: b2 became leader after b1 in epoch 1 before it had fetched it]

== acks=1: what a leader takes that does not know yet that it was replaced
1 - cluster 3
2 b2 says 1/1 2 1,2,3 2,3
3 b2 leads 1
4 p1 send 1 a acks=1
5 b1 appended 0..0 crc=a
6 p1 sent 1 0
7 p2 send 1 b acks=1
8 b2 appended 0..0 epoch=1 crc=b
9 p2 sent 1 0
10 b1 follows 2 1
11 b1 truncated 0
12 b1 recovered 0 0
log 0..1 0=b
=> acked-loss t-0@0, event 6: "a" of p1 was acknowledged (acks=1) at offset 0, but the log has "b" there [permitted: acks=1: b2 became leader after b1 in epoch 1 before it had fetched it]
=> inconsistent-offsets t-0@0, event 6: offset 0 held "a" and "b" [permitted: acks=1: b2 became leader after b1 in epoch 1 before it had fetched it]

== planted acked-loss: with acks=all it is no excuse
1 - cluster 3
2 b2 says 1/1 2 1,2,3 2,3
3 b2 leads 1
4 p1 send 1 a
5 b1 appended 0..0 crc=a
6 p1 sent 1 0
10 b1 follows 2 1
11 b1 truncated 0
12 b1 recovered 0 0
log 0..0
=> acked-before-committed t-0@0, event 6: p1 got offset 0 acknowledged with acks=all, but the high watermark was 0
=> acked-loss t-0@0, event 6: "a" of p1 was acknowledged (acks=all) at offset 0, but the log end offset is 0

== planted acked-loss: nor is it one for what was sent later
1 - cluster 3
2 b2 says 1/1 2 1,2,3 2,3
3 b1 follows 2 1
4 b2 leads 1
5 p1 send 1 a acks=1
6 b2,b1,b3 appended 0..0 epoch=1 crc=a
7 p1 sent 1 0
log 0..0
=> acked-loss t-0@0, event 7: "a" of p1 was acknowledged (acks=1) at offset 0, but the log end offset is 0

== a power cut of the leader, which leads again
1 - cluster 2
2 p1 send 1 a acks=1
3 b1 appended 0..0 crc=a
4 p1 sent 1 0
5 b1 power-cut
6 b1 recovered 0 0
7 b1 leads 1
log 0..0
=> acked-loss t-0@0, event 4: "a" of p1 was acknowledged (acks=1) at offset 0, but the log end offset is 0 [permitted: acks=1: b1, the leader in epoch 0, lost it before another replica had fetched it: the power cut of b1 at event 5]

== a replaced leader commits what the new one has
1 - cluster 3 min=2
2 b1,b2,b3 appended 0..4
3 b2 says 1/1 2 1,2,3 1,2,3
4 b2 leads 1
5 b1 high 0 5
=> holds

== planted leader-completeness: and what it has not
1 - cluster 3
2 b1 appended 0..4
3 b2 says 1/1 2 1,2,3 1,2,3
4 b2 leads 1
5 b1 isr 0 0 1
6 b1 high 0 5
=> isr-unfounded t-0, event 5: b1 leads with ISR [b1] in epoch 0 and partition epoch 0, but the metadata has ISR [b1 b2 b3] in epoch 0
=> leader-completeness t-0@0, event 6: b1, which led in epoch 0, advanced the high watermark to 5, but b2, leader in epoch 1, lacks offset 0

== the new leader had it, and its replica has been taken away since
1 - cluster 3 min=2
2 b1,b2,b3 appended 0..4
3 b2 says 1/1 2 1,2,3 1,2,3
4 b2 leads 1
5 b3 says 2/2 3 1,3 1,3
5 b2 dropped-replica
6 b1 high 0 5
7 b3 leads 2
=> holds

== and a replica was placed there again, and begins at nothing
1 - cluster 3 min=2
2 b1,b2,b3 appended 0..4
3 b2 says 1/1 2 1,2,3 1,2,3
4 b2 leads 1
5 b3 says 2/2 3 1,3 1,3
5 b2 dropped-replica
6 b3 says 2/3 3 1,2,3 1,3
6 b2 recovered 0 0
7 b1 high 0 5
8 b3 leads 2
=> holds

== planted leader-completeness: and the next one has it not
1 - cluster 3 min=2
2 b1,b2 appended 0..4
3 b2 says 1/1 2 1,2,3 1,2,3
4 b2 leads 1
5 b3 says 2/2 3 1,3 1,3
5 b2 dropped-replica
6 b1 high 0 5
7 b3 recovered 0 0
8 b3 leads 2
=> high-watermark-beyond-isr t-0@5, event 6: b1, leader in epoch 0, advanced the high watermark to 5, but b3, in its ISR or proposed for it, has not appended that far
=> strong-isr t-0@0, event 7: b3 is in the ISR, but lacks offset 0: everything below offset 5 was committed
=> leader-completeness t-0@0, event 8: b3 became leader in epoch 2 without offset 0, but everything below offset 5 was committed; b1 has it

== after an unclean election the replaced leader may commit for a while
1 - cluster 2
2 b1 says 0/1 1 1,2 1
2 b1 isr 0 1 1
3 b2 says 1/2 2 1,2 2 unclean
3 b2 broker 1 1 at=20 fenced
4 b2 leads 1
5 p1 send 1 a
6 b1 appended 0..0 crc=a
7 b1 high 0 1
8 p1 sent 1 0
9 b1 follows 2 1
10 b1 truncated 0
11 b1 recovered 0 0
log 0..0
=> leader-completeness t-0@0, event 7: b1, which led in epoch 0, advanced the high watermark to 1, but b2, leader in epoch 1, lacks offset 0 [permitted: unclean election of b2 in epoch 1]
=> acked-loss t-0@0, event 8: "a" of p1 was acknowledged (acks=all) at offset 0, but the log end offset is 0 [permitted: unclean election of b2 in epoch 1]

== an unclean election after everybody has lost it
1 - cluster 2
2 p1 send 1 a
3 b1,b2 appended 0..0 crc=a
4 b1 high 0 1
5 p1 sent 1 0
6 b1,b2 power-cut
7 b1 says 1/1 -1 1,2 -
8 b2 registers 20
9 b2 recovered 0 0
10 b1 says 2/2 2 1,2 2 unclean
10 b1 broker 1 1 at=20 fenced
11 b2 leads 2
log 0..0
=> leader-completeness t-0@0, event 11: b2 became leader in epoch 2 without offset 0, but everything below offset 1 was committed [permitted: unclean election of b2 in epoch 2; every replica that had it has lost it: the power cut of b1 at event 6 and the power cut of b2 at event 6]
=> acked-loss t-0@0, event 5: "a" of p1 was acknowledged (acks=all) at offset 0, but the log end offset is 0 [permitted: unclean election of b2 in epoch 2; every replica that had it has lost it: the power cut of b1 at event 6 and the power cut of b2 at event 6]

== what a leader commits that an unclean election has overtaken is another truth
1 - cluster 3
2 b1,b2 appended 0..0 crc=a
3 b1 says 0/1 1 1,2,3 1,2
3 b1 isr 0 1 1,2
4 b1 high 0 1
5 b3 says 1/2 3 1,2,3 3 unclean
5 b3 broker 1 1 at=20 fenced
5 b3 broker 2 2 at=21 fenced
6 b3 leads 1
6 b3 isr 1 2 3
7 p1 send 1 b
8 b1,b2 appended 1..1 crc=b
9 b1 high 1 2
10 p1 sent 1 1
11 b3 appended 0..0 epoch=1 crc=c
12 b3 high 0 1
13 b2 high 0 2
14 b1,b2 follows 3 1
15 b1,b2 truncated 0
16 b1,b2 recovered 0 0
17 b1,b2 appended 0..0 epoch=1 crc=c
log 0..1 0=c
=> leader-completeness t-0@0, event 6: b3 became leader in epoch 1 without offset 0, but everything below offset 1 was committed; b1 has it [permitted: unclean election of b3 in epoch 1]
=> acked-loss t-0@1, event 10: "b" of p1 was acknowledged (acks=all) at offset 1, but the log end offset is 1 [permitted: unclean election of b3 in epoch 1]

== a disk that was damaged while its broker was down, after a clean stop
1 - cluster 2
2 b1,b2 appended 0..0 crc=a
3 b1 high 0 1
4 b2 stopped
5 b2 damaged
6 b2 registers 20
7 b2 recovered 0 0 clean
8 b2 started
9 b1 says 1/1 2 1,2 1,2
10 b2 leads 1
=> leader-completeness t-0@0, event 10: b2 became leader in epoch 1 without offset 0, but everything below offset 1 was committed [permitted: the disk of b2 was damaged]

== planted leader-completeness: but not one that was emptied
1 - cluster 2
2 b1,b2 appended 0..0 crc=a
3 b1 high 0 1
5 b2 wiped
6 b2 registers 20
7 b2 recovered 0 0
8 b2 started
9 b1 says 1/1 2 1,2 1,2
10 b2 leads 1
=> strong-isr t-0@0, event 7: b2 is in the ISR, but lacks offset 0: everything below offset 1 was committed
=> leader-completeness t-0@0, event 10: b2 became leader in epoch 1 without offset 0, but everything below offset 1 was committed; b1 has it

== who was elected uncleanly may begin when its successor leads already
1 - cluster 3
2 b1,b2 appended 0..0 epoch=1 crc=a
2 b3 appended 0..0 crc=x
3 b1 says 1/1 1 1,2,3 1
3 b1 leads 1
3 b1 isr 1 1 1
4 b1 high 0 1
5 b1 says 2/2 3 1,2,3 3 unclean
5 b1 broker 1 1 at=20 fenced
6 b1 says 3/3 -1 1,2,3 -
6 b1 broker 3 3 at=30 fenced
7 b2 says 4/4 2 1,2,3 2 unclean
8 b2 leads 4
8 b2 isr 4 4 2
9 b3 leads 2
9 b3 isr 2 2 3
10 b3 high 0 1
11 b3 appended 1..1 epoch=2 crc=y
12 b3 high 1 2
13 p1 send 1 y acks=1
14 p1 sent 1 1
log 0..1
=> leader-completeness t-0@0, event 10: b3, which led in epoch 2, advanced the high watermark to 1, but b2, leader in epoch 4, lacks offset 0 [permitted: unclean election of b2 in epoch 4]
=> acked-loss t-0@1, event 14: "y" of p1 was acknowledged (acks=1) at offset 1, but the log end offset is 1 [permitted: unclean election of b2 in epoch 4]

== a leader that begins when it has been replaced for long answers a retry with what is lost already
1 - cluster 3
2 b1,b2 appended 0..0 crc=a
3 b1 says 0/1 1 1,2,3 1,2
3 b1 isr 0 1 1,2
4 b1 high 0 1
5 p1 send 1 b
6 b1,b2 appended 1..1 crc=b
7 b1 killed
8 b3 says 1/2 2 1,2,3 2
9 b3 broker 1 1 at=20 fenced
10 b3 says 2/3 -1 1,2,3 - at=21
10 b3 broker 2 2 at=22 fenced
11 b3 says 3/4 3 1,2,3 3 at=23 unclean
12 b3 leads 3
12 b3 isr 3 4 3
13 b2 leads 1
13 b2 isr 1 2 2
14 b2 high 0 2
15 p1 sent 1 1 attempts=2
16 b2 follows 3 3
17 b2 truncated 0
18 b2 recovered 0 0
log 0..0
=> leader-completeness t-0@0, event 12: b3 became leader in epoch 3 without offset 0, but everything below offset 1 was committed; b1 has it [permitted: unclean election of b3 in epoch 3]
=> acked-loss t-0@1, event 15: "b" of p1 was acknowledged (acks=all) at offset 1, but the log end offset is 0 [permitted: unclean election of b3 in epoch 3]

== what such a leader takes with acks=1 is lost
1 - cluster 3
2 b1,b2,b3 appended 0..0 crc=a
3 b1 high 0 1
4 b1 killed
4 b3 says 1/1 2 1,2,3 1,2,3
5 b3 says 2/2 3 1,2,3 1,2,3
6 b3 leads 2
6 b3 isr 2 2 1,2,3
7 b2 leads 1
7 b2 isr 1 1 1,2,3
8 p1 send 1 b acks=1
9 b2 appended 1..1 epoch=1 crc=b
10 p1 sent 1 1
11 b2 follows 3 2
12 b2 truncated 1
13 b2 recovered 0 1
log 0..1
=> acked-loss t-0@1, event 10: "b" of p1 was acknowledged (acks=1) at offset 1, but the log end offset is 1 [permitted: acks=1: b2 became leader in epoch 1 when b3 led in epoch 2]

== a leader that begins late has another truth than the one that was elected uncleanly since
1 - cluster 3
2 b1,b2,b3 appended 0..0 crc=a
3 b1 high 0 1
4 b1,b2 appended 1..1 crc=b
5 b1 says 1/1 2 1,2,3 2
5 b1 broker 1 1 at=20 fenced
6 b1 says 2/2 -1 1,2,3 - at=21
6 b1 broker 2 2 at=22 fenced
7 b1 says 3/3 3 1,2,3 3 at=23 unclean
8 b3 leads 3
8 b3 isr 3 3 3
9 b3 appended 1..1 epoch=3 crc=c
10 b3 high 0 2
11 b1 follows 2 1
12 b1 high 1 2
13 b2 leads 1
13 b2 isr 1 1 2
14 b2 high 0 2
=> leader-completeness t-0@1, event 14: b2, which led in epoch 1, advanced the high watermark to 2, but b3, leader in epoch 3, lacks offset 1 [permitted: unclean election of b3 in epoch 3]

== planted leader-completeness: that a leader was elected uncleanly itself excuses nothing it commits when it is replaced cleanly
1 - cluster 3
2 b1,b2,b3 appended 0..0 crc=a
3 b1 says 0/1 1 1,2,3 1
3 b1 isr 0 1 1
4 b1 high 0 1
5 b2 says 1/2 2 1,2,3 2 unclean
5 b2 broker 1 1 at=20 fenced
6 b2 leads 1
6 b2 isr 1 2 2
7 b2 says 1/3 2 1,2,3 2,3 at=21
7 b2 isr 1 3 2,3
8 b2 says 2/4 3 1,2,3 2,3 at=22
9 b3 leads 2
9 b3 isr 2 4 2,3
10 b2 appended 1..1 epoch=1 crc=b
11 b2 isr 1 3 2
12 b2 high 0 2
=> isr-unfounded t-0, event 11: b2 leads with ISR [b2] in epoch 1 and partition epoch 3, but the metadata has ISR [b2 b3] in epoch 1
=> leader-completeness t-0@1, event 12: b2, which led in epoch 1, advanced the high watermark to 2, but b3, leader in epoch 2, lacks offset 1

== a record nobody was told of is read from a leader when another one was elected uncleanly
1 - cluster 2
2 b1 says 0/1 1 1,2 1
2 b1 isr 0 1 1
3 p1 send 1 a acks=1
4 b1 appended 0..0 crc=a
5 b1 high 0 1
6 b2 says 1/2 2 1,2 2 unclean
6 b2 broker 1 1 at=20 fenced
7 b1 killed
8 b2 leads 1
8 b2 isr 1 2 2
9 c1 poll 1
10 c1 polled 1 from=0 0=a
11 p1 unsure 1
12 p2 send 1 b
13 b2 appended 0..0 epoch=1 crc=b
14 b2 high 0 1
15 p2 sent 1 0
log 0..1 0=b
=> leader-completeness t-0@0, event 8: b2 became leader in epoch 1 without offset 0, but everything below offset 1 was committed; b1 has it [permitted: unclean election of b2 in epoch 1]
=> inconsistent-offsets t-0@0, event 10: offset 0 held "a" and "b" [permitted: unclean election of b2 in epoch 1]

== what an old leader commits below where an unclean one begins is no truth of that one's
1 - cluster 3
2 b1 says 0/1 1 1,2,3 1,2
2 b1 isr 0 1 1,2
3 b1,b2 appended 0..4
4 b1,b2 high 0 5
5 b2 start 5 delete-records
5 b1,b2 killed
6 b3 says 1/2 3 1,2,3 3 unclean
6 b3 broker 1 1 at=20 fenced
6 b3 broker 2 2 at=21 fenced
7 b3 leads 1
7 b3 isr 1 2 3
8 b3 appended 0..1 epoch=1
9 b2 recovered 5 5
9 b2 broker 2 2 at=22
9 b2 says 2/3 2 1,2,3 2 unclean
9 b2 broker 3 3 at=23 fenced
10 b2 leads 2
11 b3 high 0 2
=> leader-completeness t-0@0, event 7: b3 became leader in epoch 1 without offset 0, but everything below offset 5 was committed; b1 has it [permitted: unclean election of b3 in epoch 1]
=> leader-completeness t-0@1, event 11: b3, which led in epoch 1, advanced the high watermark to 2, but b2, leader in epoch 2, lacks offset 1 [permitted: unclean election of b2 in epoch 2]
