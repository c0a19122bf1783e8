One controller decides at a time.

== they take turns
1 k1 decides 1
2 k1 decides-no-more 1
3 k2 decides 2
4 k1 decides 3
=> holds

== planted two-controllers: two in one epoch
1 k1 decides 1
2 k2 decides 1
=> two-controllers, event 2: k1 and k2 both are the active controller in epoch 1
