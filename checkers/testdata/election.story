A leader is elected from those who have everything.

== from those in sync, then from those eligible
1 b1 says 0/0 1 1,2,3 1,2 elr=3
2 b1 says 1/1 2 1,2,3 2 elr=3,1
3 b1 says 2/2 -1 1,2,3 - elr=3,1,2
4 b1 says 3/3 3 1,2,3 3 elr=1,2
=> holds

== uncleanly, when nobody else is in service
1 - cluster 2
2 b1 says 0/1 1 1,2 1
3 b1 says 1/2 2 1,2 2 unclean
3 b1 broker 1 1 at=20 fenced
=> holds

== planted unclean-election: or has to be waited for
config no-unclean
1 - cluster 2
2 b1 says 0/1 1 1,2 1
3 b1 says 1/2 2 1,2 2 unclean
3 b1 broker 1 1 at=20 fenced
=> unclean-election t-0, event 3: b2 was elected uncleanly in epoch 1, but unclean.leader.election.enable is false; the ISR was [b1], the ELR []

== nobody is known to have everything: the last leader is taken
config no-unclean
1 - cluster 2
2 b1 says 1/1 -1 1,2 -
3 b1 says 2/2 1 1,2 1 unclean
=> holds

== the change that ends a reassignment takes a new replica in, and elects it
1 b1 says 0/0 1 1,2,3 1,2
2 b1 says 1/1 3 2,3 2,3
=> holds

== whoever was waited for is registered anew: it may have lost what it had
config no-unclean
1 - cluster 2
2 b1 says 1/1 -1 1,2 - elr=2
3 b1 says 2/2 1 1,2 1 unclean
3 b1 broker 2 20 at=20 fenced
=> holds
