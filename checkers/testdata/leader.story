An epoch has one leader, whom the controller elected, and epochs rise.

== one after the other
1 b0 leads 0
2 b1 leads 1
3 b0 leads 2
=> holds

== the same again after a restart
1 b0 leads 0
2 b0 killed
3 b0 leads 0
=> holds

== planted two-leaders: though a newer epoch has begun
1 b0 leads 3
2 b1 leads 4
3 b2 leads 3
=> two-leaders t-0, event 3: b0 and b2 both lead in epoch 3

== a broker that was paused hears late that it was elected once
1 b0 leads 3
2 b1 leads 2
3 b1 follows 0 3
=> holds

== planted leader-epoch-back: a follower goes back
1 b0 follows 1 3
2 b0 follows 2 2
=> leader-epoch-back t-0, event 2: b0 follows in epoch 2 after it was in epoch 3

== but a restart reads the metadata again
1 b0 follows 1 3
2 b0 killed
3 b0 follows 2 2
=> holds

== planted leader-not-elected: whom nobody elected
1 - cluster 3
2 b2 leads 1
3 b1 says 1/1 3 1,2,3 2,3
4 b1 leads 1
=> two-leaders t-0, event 4: b2 and b1 both lead in epoch 1
=> leader-not-elected t-0, event 4: b1 leads in epoch 1, but the controller elected b3
