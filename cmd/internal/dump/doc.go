// Package dump reads the files of a Gregor or Kafka data directory without a broker, and prints what is in them and
// what is wrong with them: segments, indexes, snapshots, checkpoints, meta.properties.
//
// It promises not to change a file, to read any content, damaged or hostile, in bounded memory, and to report each
// problem on a line of its own. A running broker is not disturbed, but the end of a file that it is writing looks torn.
//
// It does not repair anything, and does not decide whether a gap in the offsets is damage: compaction makes gaps too.
package dump
