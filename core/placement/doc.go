// Package placement opens and drops the replicas of a broker, as the image of the metadata says.
//
//	           Follow                   OpenMore        the directory is its own, no checkpoint speaks of another log
//	(no log) ─────────▶ queue, wanted ───────────▶ looking ─────────────────────────────────────────────────▶ loading ─▶
//	open
//	    ▲                                             │ it is another topic's: set aside first                          │
//	    └─────────────────────────────────────────────┴──────────── the image has changed its mind: drop ◀──────────────┘
//
// Of one name one is opened at a time, from the look at its directory on until its log is there: a topic that is
// created again while the one before is still being opened would look at the same directory, and one of the two would
// set aside what the other has set aside already, or has just created.
//
// It promises that no log is opened while a checkpoint on disk may speak of an earlier one of its name, and that a log
// is deleted only when the checkpoints have been written without it, or could not be. What is wanted is bounded by the
// image, what loads at the same time by a constant.
//
// The package knows names and directories (core/logdir), and neither logs nor replicas: its host opens them.
package placement
