What is flushed has been appended before, and stays flushed.

== it rises
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 flushed 4
4 b0 flushed 10
=> holds

== planted flushed-beyond-end: more than there is
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 flushed 11
=> flushed-beyond-end t-0@11, event 3: b0 flushed up to 11, but its log ends at 10

== planted flushed-back: less than before
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 flushed 10
4 b0 flushed 4
=> flushed-back t-0@4, event 4: b0 flushed up to 4 after it had flushed up to 10
