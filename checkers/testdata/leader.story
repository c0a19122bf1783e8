An epoch has one leader, and epochs rise.

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

== planted two-leaders: two at once
1 b0 leads 3
2 b1 leads 3
=> two-leaders t-0, event 2: b0 and b1 both lead in epoch 3

== planted leader-epoch-back: an older epoch
1 b0 leads 3
2 b1 leads 2
=> leader-epoch-back t-0, event 2: b1 leads in epoch 2 after b0 did in epoch 3
