In one generation a partition belongs to one member of a group.

== handed over in turn
1 c1 assigned g m1 1 t-0 t-1
2 c1 revoked g m1 1 t-0 t-1
3 c1 assigned g m1 2 t-0
4 c2 assigned g m2 2 t-1
=> holds

== a member that has not heard yet still believes in its older generation
1 c1 assigned g m1 1 t-0 t-1
2 c2 assigned g m2 2 t-1
3 c1 revoked g m1 2 t-1 lost
4 c1 assigned g m1 2 t-0
=> holds

== planted two-owners: kept over a rebalance
1 c1 assigned g m1 1 t-0 t-1
2 c2 assigned g m2 2 t-1
3 c1 assigned g m1 2 t-0
=> two-owners t-1, event 3: in generation 2 of group g both m2 (c2) and m1 (c1) own t-1

== another group, or a crashed client, does not count
1 c1 assigned g m1 1 t-0
2 c2 assigned h m2 1 t-0
3 c1 crashed
4 c3 assigned g m3 1 t-0
=> holds
