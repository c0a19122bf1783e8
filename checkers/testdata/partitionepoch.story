A partition's epochs rise with its changes.

== they do
1 b1 says 0/0 1 1,2 1,2
2 b1 says 0/1 1 1,2 1,2
3 b1 says 1/2 2 1,2 2
4 b1 says 2/3 -1 1,2 2
=> holds

== planted partition-epoch: told in the wrong order
1 b1 says 0/5 1 1,2 1,2 at=50
2 b1 says 0/6 1 1,2 1 at=49
=> partition-epoch t-0, event 2: b1 reports leader epoch 0 and partition epoch 6 at metadata offset 49 after 0 and 5 at 50

== planted partition-epoch: a new leader without a new epoch
1 b1 says 0/5 1 1,2 1,2
2 b1 says 0/6 2 1,2 1,2
=> partition-epoch t-0, event 2: partition epoch 6 has leader broker 2 in epoch 0 after partition epoch 5 had leader broker 1 in epoch 0

== planted partition-epoch: an epoch is left out
1 b1 says 0/5 1 1,2 1,2
2 b1 says 2/6 2 1,2 1,2
=> partition-epoch t-0, event 2: partition epoch 6 has leader broker 2 in epoch 2 after partition epoch 5 had leader broker 1 in epoch 0

== after a restart a node reads it all again, and from a snapshot it misses some
1 b1 says 0/0 1 1,2 1,2
2 b1 says 0/1 1 1,2 1,2
3 b1 says 1/2 2 1,2 2
4 b1 killed
5 b1 says 0/1 1 1,2 1,2
6 b2 says 1/2 2 1,2 2
7 b2 says 3/7 1 1,2 1,2
=> holds

== a topic that is made anew begins anew
1 b1 says 3/7 1 1,2 1,2 topic=a
2 b1 says 3/8 1 1,2 1,2 topic=a gone
3 b1 says 0/0 1 1,2 1,2 topic=b at=30
4 b2 says 3/7 1 1,2 1,2 topic=a
5 b2 says 0/0 1 1,2 1,2 topic=b at=30
=> holds

== a node that starts again reads of the topic that was there before
1 - cluster 2
2 b1,b2 says 0/0 1 1,2 1,2 topic=a gone
3 b1,b2 says 0/0 1 1,2 1,2 topic=b at=30
4 b1,b2 recovered 0 0
5 b1 leads 0
5 b1 isr 0 0 1,2
6 b2 follows 1 0
7 b1,b2 appended 0..4
8 b1 high 0 5
9 b2 killed
10 b2 registers 40
11 b2 says 0/0 1 1,2 1,2
11 b2 says 0/0 1 1,2 1,2 topic=a gone
11 b2 says 0/0 1 1,2 1,2 topic=b at=30
12 b2 recovered 0 5
13 b2 follows 1 0
14 b1,b2 appended 5..5
15 b1 high 5 6
=> holds
