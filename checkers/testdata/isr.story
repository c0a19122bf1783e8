A leader takes those for in sync whom the metadata has in sync.

== it does
1 - cluster 3
2 b1 says 0/1 1 1,2,3 1,2
3 b1 isr 0 1 1,2
=> holds

== planted isr-unfounded: somebody else
1 - cluster 3
2 b1 says 0/1 1 1,2,3 1,2
3 b1 isr 0 1 1,3
=> isr-unfounded t-0, event 3: b1 takes [1 3] for in sync in epoch 0 and partition epoch 1, but the metadata has [1 2] in epoch 0
