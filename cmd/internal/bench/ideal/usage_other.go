//go:build !unix

package ideal

// PutUsage writes the answer to Usage: all zeros, where the system does not tell.
func PutUsage(p []byte) { clear(p[:HeadSize]) }
