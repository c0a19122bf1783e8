An epoch of the quorum has one leader, whom votes make, one a node.

== elections
1 k1,k2 q-voted 1 1
2 k1 q-leads 1
3 k2 q-voted 2 2
3 k3 q-voted 2 2
4 k2 q-leads 2
5 k1 q-resigned 1
=> holds

== planted quorum-two-votes: another vote after a restart
1 k1 q-voted 1 1
2 k1 killed
3 k1 q-voted 1 2
=> quorum-two-votes, event 3: k1 voted for broker 2 in epoch 1 after it had voted for k1 in epoch 1

== an emptied disk has forgotten its vote
1 k1 q-voted 1 1
2 k1 wiped
3 k1 q-voted 1 2
=> holds

== and so has a damaged one: two may lead
1 k1,k2 q-voted 1 1
2 k1 q-leads 1
3 k2 damaged
4 k2 q-voted 1 3
5 k3 q-voted 1 3
6 k3 q-leads 1
=> quorum-two-votes, event 4: k2 voted for broker 3 in epoch 1 after it had voted for k1 in epoch 1 [permitted: the disk of k2 was damaged]
=> quorum-two-leaders, event 6: k1 and k3 both lead the quorum in epoch 1 [permitted: the disk of k2 was damaged]

== where no directory has a name, nobody can know
config voters=k1,k2,k3
1 k1 q-voted 1 2
2 k1 wiped
3 k1 q-voted 2 3
=> holds
