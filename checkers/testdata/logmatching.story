Two replicas that hold a batch of one epoch at one offset hold the same bytes.

== they do
1 b0 appended 0..4 epoch=1 crc=a
2 b1 appended 0..4 epoch=1 crc=a
3 b0 appended 5..6 epoch=1 crc=b
=> holds

== they differ where the epochs do, until one is cut
1 b0 appended 0..4 epoch=1 crc=a
2 b1 appended 0..4 epoch=2 crc=b
=> holds

== planted log-matching: the same records in other batches
1 b0 appended 0..4 epoch=1 crc=a
2 b1 appended 0..1 epoch=1 crc=a
3 b1 appended 2..4 epoch=1 crc=c
=> log-matching t-0@2, event 3: in epoch 1 b1 holds a batch with CRC 06b9df6f at offset 2, and b0 one with CRC e8b7be43 at offset 0

== compaction changes batches on one of them first
1 - cluster 2
2 b1 says 0/1 1 1,2 1
2 b1 isr 0 1 1
3 b1 appended 0..9 crc=a
4 b1 high 0 10
5 b1 cleaning 10
6 b2 appended 0..9 crc=b
=> holds
