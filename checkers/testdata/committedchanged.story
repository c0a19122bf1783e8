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
