What replicas let be read of one offset is one record, unless it was deleted.

== a crash brings back what a replica had deleted, and no leader has anything to compare it with
1 - cluster 3
2 b1,b2,b3 appended 0..4 crc=a
3 b1 appended 5..5 crc=b
4 b1 says 1/1 2 1,2,3 2,3
5 b2 leads 1
5 b2 isr 1 1 2,3
6 b3 follows 2 1
7 b2,b3 appended 5..5 epoch=1 crc=c
9 b2 high 0 6
10 b2,b3 start 6 delete-records
11 b1 follows 2 1
12 b1 start 6 delete-records
13 b1 killed
14 b1 recovered 0 6
15 b1 follows 2 1
16 b1 high 0 6
=> holds

== planted committed-changed: it had not deleted it
1 - cluster 3
2 b1,b2,b3 appended 0..4 crc=a
3 b1 appended 5..5 crc=b
4 b1 says 1/1 2 1,2,3 2,3
5 b2 leads 1
5 b2 isr 1 1 2,3
6 b3 follows 2 1
7 b2,b3 appended 5..5 epoch=1 crc=c
9 b2 high 0 6
10 b2,b3 start 6 delete-records
11 b1 follows 2 1
13 b1 killed
14 b1 recovered 0 6
15 b1 follows 2 1
16 b1 high 0 6
=> committed-changed t-0@5, event 16: b1 serves offset 5 from batch [5, 5] of epoch 0 with CRC 71beeff9, but batch [5, 5] of epoch 1 with CRC 06b9df6f was committed there

== a crash brings back the log of a replica that was removed, and that replica leads with it
1 - cluster 3
2 b1,b2,b3 appended 0..2 crc=a
2 b1,b2,b3 appended 3..4 crc=c
3 b1 high 0 3
4 b1,b2,b3 says 0/1 1 1,3 1,3
4 b1 isr 0 1 1,3
4 b2 dropped-replica
5 b2 killed
6 b1 says 0/2 1 1,2,3 1,3
7 b2 recovered 0 5
8 b2 follows 1 0
9 b1 says 0/3 1 1,2,3 1,2,3
9 b1 isr 0 3 1,2,3
10 b1,b2,b3 says 1/4 2 1,2,3 2,3
10 b2 leads 1
10 b2 isr 1 4 2,3
11 b3 follows 2 1
12 b2 high 0 5
12 b2,b3 appended 5..5 epoch=1
13 b2 high 5 6
14 b3 high 0 6
=> holds

== planted committed-changed: another replica has something else there
1 - cluster 3
2 b1,b2,b3 appended 0..3 crc=a
2 b1,b2 appended 4..4 crc=c
2 b3 appended 4..4 crc=b
3 b1 high 0 3
4 b1,b2,b3 says 0/1 1 1,3 1,3
4 b1 isr 0 1 1,3
4 b2 dropped-replica
5 b2 killed
6 b1 says 0/2 1 1,2,3 1,3
7 b2 recovered 0 5
8 b2 follows 1 0
9 b1 says 0/3 1 1,2,3 1,2,3
9 b1 isr 0 3 1,2,3
10 b1,b2,b3 says 1/4 2 1,2,3 2,3
10 b2 leads 1
10 b2 isr 1 4 2,3
11 b3 follows 2 1
12 b2 high 0 5
13 b3 high 0 5
=> log-matching t-0@4, event 2: in epoch 0 b3 holds a batch with CRC 71beeff9 at offset 4, and b1 one with CRC 06b9df6f at offset 4
=> log-matching t-0@4, event 2: in epoch 0 b3 holds a batch with CRC 71beeff9 at offset 4, and b2 one with CRC 06b9df6f at offset 4
=> high-watermark-beyond-isr t-0@5, event 12: b2, leader in epoch 1, advanced the high watermark to 5, but b3, in its ISR or proposed for it, holds another batch there
=> committed-changed t-0@4, event 13: b3 serves offset 4 from batch [4, 4] of epoch 0 with CRC 71beeff9, but batch [4, 4] of epoch 0 with CRC 06b9df6f was committed there
