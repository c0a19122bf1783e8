One controller decides at a time.

== they take turns
1 k1 decides 1
2 k1 decides-no-more 1
3 k2 decides 2
4 k1 decides 3
=> holds
