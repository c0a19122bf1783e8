A leader's epoch begins where its log ended when it began to lead.

== nothing was written in the epoch before
1 - cluster 2
1 b1 begins 0 0
2 b1,b2 appended 0..4
3 b1 killed
4 b1 says 1/1 2 1,2 1,2
5 b2 leads 1
5 b2 begins 1 5
6 b1 recovered 0 5
7 b1 says 2/2 1 1,2 1,2
8 b1 leads 2
8 b1 begins 2 5
=> holds

== planted epoch-start: it begins in what is of the epoch before
1 - cluster 2
2 b1,b2 appended 0..4
3 b1 killed
4 b2 says 1/1 2 1,2 1,2
5 b2 leads 1
5 b2 begins 1 3
=> epoch-start t-0@3, event 5: b2 became leader in epoch 1 at log end offset 5, but its leader epoch cache starts it at offset 3

== who leads an epoch again goes on in it
1 - cluster 1
2 b1 appended 0..4
3 b1 killed
4 b1 recovered 0 5
5 b1 leads 0
5 b1 begins 0 0
=> holds
