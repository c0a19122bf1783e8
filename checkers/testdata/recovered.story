What a log is after a restart, by how its broker ended.

== a clean stop keeps everything
1 b0 recovered 0 0 clean
2 b0 started
3 b0 appended 0..9
4 b0 high 0 10
5 b0 stopped
6 b0 recovered 0 10 clean
7 b0 started
=> holds

== planted recovered-lost-clean: a second stop, before the log is opened, excuses nothing
1 b0 recovered 0 0 clean
2 b0 started
3 b0 appended 0..9
4 b0 stopped
5 b0 started
6 b0 stopped
7 b0 recovered 0 8
=> recovered-lost-clean t-0@8, event 7: b0 had stopped cleanly with log end offset 10, but its log end offset is 8 after the restart

== a stop before the log is opened does not undo a power cut
1 - cluster 2
2 b1,b2 recovered 0 0
3 b1,b2 started
4 b1,b2 appended 0..9
5 b1 high 0 10
6 b2 flushed 3
7 b2 power-cut
8 b2 started
9 b2 stopped
10 b2 recovered 0 3
=> holds

== planted recovered-lost-clean: but one after it was opened does
1 - cluster 2
2 b1,b2 recovered 0 0
3 b1,b2 started
4 b1,b2 appended 0..9
5 b1 high 0 10
6 b2 flushed 3
7 b2 power-cut
8 b2 recovered 0 5
8 b2 started
9 b2 stopped
10 b2 recovered 0 3
=> recovered-lost-clean t-0@3, event 10: b2 had stopped cleanly with log end offset 5, but its log end offset is 3 after the restart

== planted recovered-lost-flushed: nor may a power cut and a stop take what was flushed
1 - cluster 2
2 b1,b2 recovered 0 0
3 b1,b2 started
4 b1,b2 appended 0..9
5 b1 high 0 10
6 b2 flushed 3
7 b2 power-cut
8 b2 started
9 b2 stopped
10 b2 recovered 0 2
=> recovered-lost-flushed t-0@2, event 10: b2 had flushed up to offset 3, but its log end offset is 2 after the restart

== a kill may take what could not be read yet
1 b0 recovered 0 0 clean
2 b0 started
3 b0 appended 0..9
4 b0 high 0 5
5 b0 killed
6 b0 recovered 0 6
=> holds

== planted recovered-lost-committed: a kill that takes what could be read
1 b0 recovered 0 0 clean
2 b0 started
3 b0 appended 0..9
4 b0 high 0 5
5 b0 killed
6 b0 recovered 0 4
=> recovered-lost-committed t-0@4, event 6: b0 had a high watermark of 5, but its log end offset is 4 after the restart

== a power cut may take what was not flushed
1 b0 recovered 0 0 clean
2 b0 started
3 b0 appended 0..9
4 b0 high 0 10
5 b0 flushed 3
6 b0 power-cut
7 b0 recovered 0 3
=> recovered-lost-committed t-0@3, event 7: b0 had a high watermark of 10, but its log end offset is 3 after the restart [permitted: the power cut of b0 at event 6 lost what was not flushed; the flushed offset was 3]

== planted recovered-lost-flushed: a power cut that takes what was flushed
1 b0 recovered 0 0 clean
2 b0 started
3 b0 appended 0..9
4 b0 high 0 10
5 b0 flushed 3
6 b0 power-cut
7 b0 recovered 0 2
=> recovered-lost-flushed t-0@2, event 7: b0 had flushed up to offset 3, but its log end offset is 2 after the restart

== planted recovered-lost-flushed: what a clean stop had flushed
1 b0 recovered 0 0 clean
2 b0 started
3 b0 appended 0..9
4 b0 stopped
5 b0 recovered 0 10 clean
6 b0 started
7 b0 power-cut
8 b0 recovered 0 9
=> recovered-lost-flushed t-0@9, event 8: b0 had flushed up to offset 10, but its log end offset is 9 after the restart

== a damaged disk excuses it
1 b0 recovered 0 0 clean
2 b0 started
3 b0 appended 0..9
4 b0 high 0 10
5 b0 flushed 3
6 b0 damaged
7 b0 killed
8 b0 recovered 0 2
=> recovered-lost-flushed t-0@2, event 8: b0 had flushed up to offset 3, but its log end offset is 2 after the restart [permitted: the disk of b0 was damaged]

== a topic that is created anew while its broker serves begins at nothing
1 b0 started
2 b0 recovered 0 0 clean
3 b0 appended 0..9 pid=1/0/0
4 b0 high 0 10
5 b0 recovered 0 0
6 b0 appended 0..4 pid=1/0/0
7 b0 high 0 5
=> holds

== a crash while it starts does not undo a power cut
1 b0 recovered 0 0 clean
2 b0 started
3 b0 appended 0..9
4 b0 high 0 10
5 b0 power-cut
6 b0 killed
7 b0 recovered 0 3
=> recovered-lost-committed t-0@3, event 7: b0 had a high watermark of 10, but its log end offset is 3 after the restart [permitted: the power cut of b0 at event 5 lost what was not flushed; the flushed offset was 0]

== an emptied disk has nothing
1 b0 recovered 0 0 clean
2 b0 started
3 b0 appended 0..9
4 b0 high 0 10
5 b0 flushed 10
6 b0 wiped
7 b0 recovered 0 0
=> recovered-lost-flushed t-0@0, event 7: b0 had flushed up to offset 10, but its log end offset is 0 after the restart [permitted: the emptied disk of b0 at event 6]

== giving up is like a crash
1 b0 recovered 0 0 clean
2 b0 started
3 b0 appended 0..9
4 b0 high 0 10
5 b0 gave-up
6 b0 recovered 0 10
=> holds

== planted recovered-lost-committed: but not like a power cut
1 b0 recovered 0 0 clean
2 b0 started
3 b0 appended 0..9
4 b0 high 0 10
5 b0 gave-up
6 b0 recovered 0 9
=> recovered-lost-committed t-0@9, event 6: b0 had a high watermark of 10, but its log end offset is 9 after the restart

== where others have it, losing what was not flushed is no news
1 - cluster 2
2 b1,b2 appended 0..9
3 b1 high 0 10
4 b2 power-cut
5 b2 recovered 0 0
=> holds

== a follower may have been cutting what was not committed
1 - cluster 2
2 b1,b2 appended 0..4
3 b1 high 0 5
4 b2 appended 5..7
4 b2 appended 8..9
5 b2 flushed 10
6 b2 cutting 6
7 b2 power-cut
8 b2 recovered 0 5
=> holds

== or have got as far as a part of it
1 - cluster 2
2 b1,b2 appended 0..4
3 b1 high 0 5
4 b2 appended 5..7
4 b2 appended 8..9
5 b2 flushed 10
6 b2 cutting 5
7 b2 killed
8 b2 recovered 0 8
=> holds

== planted recovered-lost-flushed: nobody was cutting what was not committed
1 - cluster 2
2 b1,b2 appended 0..4
3 b1 high 0 5
4 b2 appended 5..9
5 b2 flushed 10
6 b2 power-cut
7 b2 recovered 0 7
=> recovered-lost-flushed t-0@7, event 7: b2 had flushed up to offset 10, but its log end offset is 7 after the restart

== planted recovered-lost-flushed: more is gone than was to be cut
1 - cluster 2
2 b1,b2 appended 0..4
3 b1 high 0 5
4 b2 appended 5..9
5 b2 flushed 10
6 b2 cutting 5
7 b2 killed
8 b2 recovered 0 4
=> recovered-lost-flushed t-0@4, event 8: b2 had flushed up to offset 10, but its log end offset is 4 after the restart

== planted recovered-lost-flushed: a cut was carried out, and what came after it is gone
1 - cluster 2
2 b1,b2 appended 0..4
3 b1 high 0 5
4 b2 appended 5..9
5 b2 flushed 10
6 b2 cutting 5
7 b2 truncated 5
8 b2 recovered 0 5
9 b2 appended 5..9 epoch=1
10 b2 flushed 10
11 b2 killed
12 b2 recovered 0 7
=> recovered-lost-flushed t-0@7, event 12: b2 had flushed up to offset 10, but its log end offset is 7 after the restart

== a registration begins a new life whose beginning nobody told
1 - cluster 2
2 b1,b2 appended 0..9
3 b2 damaged
4 b2 registers 20
5 b2 recovered 0 0
6 b2 started
7 b2 follows 1 0
=> holds

== a replica that was taken away and is placed here again begins at nothing, and may follow before its log is open
1 - cluster 3
2 b1,b2,b3 appended 0..4
3 b1 high 0 5
4 b1 says 0/1 1 1,2 1,2
4 b1 isr 0 1 1,2
5 b1 says 1/2 1 1,2,3 1,2
5 b1 leads 1
5 b1 isr 1 2 1,2
5 b3 dropped-replica
6 b2,b3 follows 1 1
7 b3 recovered 0 0
8 b3 appended 0..4
9 b1 says 1/3 1 1,2,3 1,2,3
9 b1 isr 1 3 1,2,3
10 b1,b2,b3 appended 5..5 epoch=1
11 b1 high 5 6
=> holds

== a replica that was taken away before its broker's power was cut has nothing to lose
1 - cluster 3
2 b1,b2,b3 appended 0..4
3 b1 high 0 5
3 b3 flushed 5
4 b1,b3 says 0/1 1 1,2 1,2
4 b1 isr 0 1 1,2
4 b3 dropped-replica
5 b3 power-cut
6 b1 says 0/2 1 1,2,3 1,2
7 b3 registers 20
7 b3 says 0/0 1 1,2,3 1,2,3
7 b3 says 0/1 1 1,2 1,2
7 b3 says 0/2 1 1,2,3 1,2
8 b3 recovered 0 0
=> holds

== a broker that starts takes a replica away while it opens its log, and gives it back at once
1 - cluster 3
2 b1,b2,b3 appended 0..4
3 b1 high 0 5
3 b3 flushed 5
4 b3 power-cut
5 b1 says 0/1 1 1,2 1,2
6 b1 says 0/2 1 1,2,3 1,2
7 b3 registers 20
7 b3 says 0/0 1 1,2,3 1,2,3
8 b3 follows 1 0
9 b3 says 0/1 1 1,2 1,2
9 b3 says 0/2 1 1,2,3 1,2
9 b3 dropped-replica
11 b3 follows 1 0
12 b3 recovered 0 0
=> holds

== planted recovered-lost-flushed: one that was taken away and given back while its broker was down is as it was
1 - cluster 3
2 b1,b2,b3 appended 0..4
3 b1 high 0 5
3 b3 flushed 5
4 b3 power-cut
5 b1 says 0/1 1 1,2 1,2
6 b1 says 0/2 1 1,2,3 1,2
7 b3 registers 20
7 b3 says 0/0 1 1,2,3 1,2,3
7 b3 says 0/1 1 1,2 1,2
7 b3 says 0/2 1 1,2,3 1,2
8 b3 recovered 0 0
=> recovered-lost-flushed t-0@0, event 8: b3 had flushed up to offset 5, but its log end offset is 0 after the restart

== planted recovered-beyond-end: a topic is made again, and a broker that was away has the log of the one before
1 b1 says 0/0 1 1,2 1,2 topic=old
1 b2 says 0/0 1 1,2 1,2 topic=old
2 b1 recovered 0 0
2 b2 recovered 0 0
2 b2 started
3 b2 follows 0 1
4 b2 appended 0..9
5 b2 killed
6 b1 says 0/0 1 1,2 1,2 at=20 topic=new
7 b2 says 0/0 1 1,2 1,2 at=20 topic=new
8 b2 recovered 0 10
=> recovered-beyond-end t-0@0, event 8: b2 opened a log with end offset 10 for a topic of which it never had a record; another had its name before

== its own log of that topic it may have
1 b1 says 0/0 1 1,2 1,2 topic=old
1 b2 says 0/0 1 1,2 1,2 topic=old
2 b1 recovered 0 0
2 b2 recovered 0 0
2 b2 started
3 b1 says 0/0 1 1,2 1,2 at=20 topic=new
3 b2 says 0/0 1 1,2 1,2 at=20 topic=new
4 b2 recovered 0 0
5 b2 follows 0 1
6 b2 appended 0..9
7 b2 killed
8 b2 says 0/0 1 1,2 1,2 at=20 topic=new
9 b2 recovered 0 10
=> holds

== while it reads of the topic that is made again, it opens the log of the one before, to delete it
1 b1 says 0/0 1 1,2 1,2 topic=old
1 b2 says 0/0 1 1,2 1,2 topic=old
2 b1 recovered 0 0
2 b2 recovered 0 0
2 b2 started
3 b2 follows 0 1
4 b2 appended 0..9
5 b2 killed
6 b2 says 0/0 1 1,2 1,2 at=20 topic=new
7 b2 recovered 0 10 topic=old
8 b2 recovered 0 0 topic=new
=> holds

== an empty log begins where a checkpoint says
1 b0 recovered 0 0 clean
2 b0 appended 0..4
3 b0 high 0 5
4 b0 flushed 5
5 b0 start 5 delete-records
6 b0 killed
7 b0 recovered 5 5
8 b0 appended 5..6
9 b0 killed
10 b0 recovered 7 7
=> holds

== planted recovered-beyond-end: but not when it had anything
1 b0 recovered 0 0 clean
2 b0 appended 0..4
3 b0 high 0 5
4 b0 flushed 5
5 b0 killed
6 b0 recovered 7 7
=> recovered-beyond-end t-0@5, event 6: b0 recovered 2 records that it never appended: its log end offset was 5 and is 7 after the restart
