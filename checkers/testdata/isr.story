A leader takes those for in sync whom the metadata has in sync.

== it does
1 - cluster 3
2 b1 says 0/1 1 1,2,3 1,2
3 b1 isr 0 1 1,2
=> holds
