The high watermark covers what every member of the maximal in-sync set has.

== it does
1 - cluster 3 min=2
2 b1,b2,b3 appended 0..9
3 b1 high 0 10
=> holds

== one that has left does not count
1 - cluster 3 min=2
2 b1 proposes 0 0 1,2,3 1,2
3 b1,b2 appended 0..9
4 b1 says 0/1 1 1,2,3 1,2
4 b1 isr 0 1 1,2
5 b1 high 0 10
=> holds

== planted high-watermark-beyond-isr: one that leaves counts until it has left
1 - cluster 3 min=2
2 b1 proposes 0 0 1,2,3 1,2
3 b1,b2 appended 0..9
4 b1 high 0 10
=> high-watermark-beyond-isr t-0@10, event 4: b1, leader in epoch 0, advanced the high watermark to 10, but b3, in its ISR or proposed for it, has not appended that far

== planted high-watermark-beyond-isr: one that joins counts from the start
1 - cluster 3 min=2
2 b1 says 0/1 1 1,2,3 1,2
2 b1 isr 0 1 1,2
3 b1 proposes 0 1 1,2 1,2,3
4 b1,b2 appended 0..9
5 b1 high 0 10
=> high-watermark-beyond-isr t-0@10, event 5: b1, leader in epoch 0, advanced the high watermark to 10, but b3, in its ISR or proposed for it, has not appended that far

== planted high-watermark-beyond-isr: what it appended in an older epoch does not count
1 - cluster 3 min=2
2 b1,b2,b3 appended 0..9 crc=a
3 b1 says 1/1 2 1,2,3 1,2,3
4 b2 leads 1
4 b2 isr 1 1 1,2,3
5 b1 follows 2 1
6 b2 high 0 10
=> high-watermark-beyond-isr t-0@10, event 6: b2, leader in epoch 1, advanced the high watermark to 10, but b3, in its ISR or proposed for it, has not entered that epoch

== planted high-watermark-beyond-isr: something else is there
1 - cluster 2
2 b1 appended 0..9 crc=a
3 b2 appended 0..9 epoch=1 crc=b
4 b1 high 0 10
=> high-watermark-beyond-isr t-0@10, event 4: b1, leader in epoch 0, advanced the high watermark to 10, but b2, in its ISR or proposed for it, holds another batch there

== it had it when it died
1 - cluster 2
2 b1,b2 appended 0..9
3 b2 power-cut
4 b2 registers 20
5 b2 recovered 0 3
6 b1 high 0 10
7 b1 says 0/1 1 1,2 1
=> holds

== the setting was changed in that very step
1 - cluster 3 min=2
2 b1 says 0/1 1 1,2,3 1 min=2 elr=2,3
2 b1 isr 0 1 1
3 b1,b2,b3 appended 0..9
4 b1 high 0 10
4 b1 says 0/1 1 1,2,3 1 min=1 at=12 elr=2,3
5 b1,b2,b3 appended 10..11
=> holds

== one that is taken away counts for what it had, until the leader hears of it
1 - cluster 2
2 b1,b2 appended 0..9
3 b2 says 0/1 1 1 1
4 b1 high 0 10
=> holds

== a process that registers again stays in its epoch
1 - cluster 3 min=2
2 b1,b2,b3 appended 0..4
3 b3 registers 20 again
4 b1,b2,b3 appended 5..9
5 b1 high 0 10
=> holds

== planted high-watermark-beyond-isr: one that registers again lags
1 - cluster 3 min=2
2 b1,b2 appended 0..9
3 b3 registers 20 again
4 b1 high 0 10
=> high-watermark-beyond-isr t-0@10, event 4: b1, leader in epoch 0, advanced the high watermark to 10, but b3, in its ISR or proposed for it, has not appended that far
