Whoever is in sync or eligible to lead has everything that was committed.

== whoever joins has caught up
1 - cluster 3
2 b1 says 0/1 1 1,2,3 1,2
2 b1 isr 0 1 1,2
3 b1,b2 appended 0..9
4 b1 high 0 10
5 b3 appended 0..9
6 b1 proposes 0 1 1,2 1,2,3
7 b1 says 0/2 1 1,2,3 1,2,3
7 b1 isr 0 2 1,2,3
=> holds

== planted strong-isr: it has not
1 - cluster 3
2 b1 says 0/1 1 1,2,3 1,2
2 b1 isr 0 1 1,2
3 b1,b2 appended 0..9
4 b1 high 0 10
5 b3 appended 0..4
6 b1 says 0/2 1 1,2,3 1,2,3
=> strong-isr t-0@0, event 6: b3 is in the ISR, but lacks offset 0: everything below offset 10 was committed

== planted strong-isr: it has something else
1 - cluster 3
2 b1 says 0/1 1 1,2,3 1,2
2 b1 isr 0 1 1,2
3 b1,b2 appended 0..9 crc=a
4 b1 high 0 10
5 b3 appended 0..9 epoch=1 crc=b
6 b1 says 0/2 1 1,2,3 1,2,3
=> strong-isr t-0@0, event 6: b3 is in the ISR, but lacks offset 0: everything below offset 10 was committed

== a power cut is excused until the controller hears of it
1 - cluster 3
2 b1,b2,b3 appended 0..9
3 b1 high 0 10
4 b3 power-cut
5 b1 says 0/1 1 1,2,3 1,2
6 b3 registers 20
7 b3 recovered 0 4
=> holds

== planted strong-isr: the controller has heard, and left it in
1 - cluster 3
2 b1,b2,b3 appended 0..9
3 b1 high 0 10
4 b3 power-cut
6 b3 registers 20
7 b3 recovered 0 4
=> strong-isr t-0@4, event 7: b3 is in the ISR, but lacks offset 4: everything below offset 10 was committed

== planted strong-isr: eligible, with an empty disk
1 - cluster 3 min=2
2 b1,b2,b3 appended 0..9
3 b1 high 0 10
4 b1 says 0/1 1 1,2,3 1 elr=2,3 min=2
5 b3 wiped
6 b3 registers 20
7 b3 recovered 0 0
=> strong-isr t-0@0, event 7: b3 is in the ELR, but lacks offset 0: everything below offset 10 was committed

== planted strong-isr: an old request takes an emptied disk in
1 - cluster 2
2 b1 says 0/1 1 1,2 1
2 b1 isr 0 1 1
3 b1,b2 appended 0..9
4 b1 high 0 10
5 b1 proposes 0 1 1 1,2
6 b2 wiped
7 b2 registers 20
8 b2 recovered 0 0
9 b1 says 0/2 1 1,2 1,2
=> strong-isr t-0@0, event 9: b2 is in the ISR, but lacks offset 0: everything below offset 10 was committed

== who is down when the metadata takes it in is excused until it is back
1 - cluster 2
2 b1 says 0/1 1 1,2 1
2 b1 isr 0 1 1
3 b1,b2 appended 0..9
4 b1 high 0 10
5 b2 power-cut
6 b1 says 0/2 1 1,2 1,2
=> holds

== without eligible leader replicas the last in sync stays there
config without-elr
1 - cluster 2
2 b1,b2 appended 0..9
3 b1 high 0 10
4 b1 says 0/1 1 1,2 1
5 b1 power-cut
6 b1 registers 20
7 b1 recovered 0 4
=> holds

== who is elected uncleanly is judged once it leads
1 - cluster 2
2 b1,b2 appended 0..4 crc=a
3 b1,b2 appended 5..9 crc=b
4 b1 high 0 10
5 b2 power-cut
6 b1 says 0/1 1 1,2 1
7 b2 registers 20
8 b1 killed
9 b2 says 1/2 2 1,2 2 unclean
9 b2 broker 1 1 at=20 fenced
10 b2 recovered 0 5
11 b2 leads 1
11 b2 isr 1 2 2
=> leader-completeness t-0@5, event 11: b2 became leader in epoch 1 without offset 5, but everything below offset 10 was committed; b1 has it [permitted: unclean election of b2 in epoch 1]

== nor is it judged when it was fenced before it had led
1 - cluster 2
2 b1,b2 appended 0..4 crc=a
3 b1,b2 appended 5..9 crc=b
4 b1 high 0 10
5 b2 power-cut
6 b1 says 0/1 1 1,2 1
7 b2 registers 20
8 b1 killed
9 b2 says 1/2 2 1,2 2 unclean
9 b2 broker 1 1 at=20 fenced
10 b2 says 2/3 -1 1,2 - elr=2
10 b2 broker 2 20 at=30 fenced
11 b2 recovered 0 5
12 b2 broker 2 20 at=31
12 b2 says 3/4 2 1,2 2
13 b2 leads 3
13 b2 isr 3 4 2
=> leader-completeness t-0@5, event 13: b2 became leader in epoch 3 without offset 5, but everything below offset 10 was committed; b1 has it [permitted: unclean election of b2 in epoch 1]
