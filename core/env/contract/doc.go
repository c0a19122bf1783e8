// Package contract is what env.Disk and env.Network promise, as a suite of tests. The simulated world and the
// real one both pass it: that is why the same core runs in both.
//
// A world joins by offering an [Arm]: a node whose steps the suite writes. [Disk] needs one, [Network] two that
// can reach each other. An arm that can crash, or lose its power, and come back says so by also being a
// [Restarter] or a [PowerCutter]; the tests that need it are skipped elsewhere.
//
// The suite tests what every implementation must do. It says nothing about speed, nor about which of the
// permitted outcomes of a fault a world should pick: disksim and netsim test that about themselves.
package contract
