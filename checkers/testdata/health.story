What keeps a cluster from being at rest.

== a broker that tells nothing of a cluster
1 b0 recovered 0 0 clean
health
=> health: at rest

== nobody decides
1 - cluster 3
health
=> health: no controller is active

== all is well
1 - cluster 3
2 b1 decides 1
3 b1,b2,b3 appended 0..4
4 b1,b2,b3 high 0 5
health
=> health: at rest

== the controller has died
1 - cluster 3
2 b2 decides 1
3 b2 killed
health
=> health: no controller is active

== or resigned
1 - cluster 3
2 b2 decides 1
3 b2 decides-no-more 1
health
=> health: no controller is active

== a broker is fenced
1 - cluster 3
2 b1 decides 1
3 b1 says 0/1 1 1,2,3 1,2
3 b1 broker 3 3 at=20 fenced
health
=> health: b3 is fenced

== a broker is about to stop
1 - cluster 3
2 b1 decides 1
3 b1 broker 3 3 at=20 stopping
health
=> health: b3 is in controlled shutdown

== one that is gone is missed by nobody
1 - cluster 3
2 b1 decides 1
3 b1 says 0/1 1 1,2 1,2
3 b1 broker 3 3 at=20 gone
health
=> health: at rest

== a partition without a leader
1 - cluster 2
2 b1 decides 1
3 b1 says 1/1 -1 1,2 1,2
health
=> health: t-0: no leader

== a replica is missing in the ISR
1 - cluster 3
2 b1 decides 1
3 b1 says 0/1 1 1,2,3 1,3
health
=> health: t-0: the ISR is [1 3], the replicas are [1 2 3]

== the leader does not know yet
1 - cluster 2
2 b1 decides 1
3 b1 says 1/1 2 1,2 1,2
health
=> health: t-0: b2 does not lead yet in epoch 1

== the leader has been restarted since
1 - cluster 2
2 b2 decides 1
3 b1 killed
4 b1 recovered 0 0
health
=> health: t-0: b1 does not lead yet in epoch 0

== a follower is behind
1 - cluster 2
2 b1 decides 1
3 b1,b2 appended 0..4
4 b1 appended 5..6
health
=> health: t-0: b2 has log end offset 5, and the leader has 7

== it does not know how far it may let read
1 - cluster 2
2 b1 decides 1
3 b1,b2 appended 0..4
4 b1 high 0 5
5 b2 high 0 3
health
=> health: t-0: b2 has high watermark 3, and the leader's log end offset is 5

== a topic that is gone is no matter
1 - cluster 2
2 b1 decides 1
3 b1 says 1/1 -1 1,2 1
4 b1 says 1/2 -1 1,2 1 gone
health
=> health: at rest
