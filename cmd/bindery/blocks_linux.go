//go:build cgo

package main

// #include <stdlib.h>
// #include <malloc.h>
//
// static void give_back_blocks(int from) {
// #ifdef __GLIBC__
// 	mallopt(M_MMAP_THRESHOLD, from);
// 	mallopt(M_TRIM_THRESHOLD, 2 * from);
// #endif
// }
import "C"

import "os"

// ownBlock is from how many bytes on a piece of the database's memory is a block of its own, which the system gets back as
// soon as it is not used any more.
const ownBlock = 1 << 20

// giveBackBlocks has the memory of C, which is the database's, go back to the system where it is in big pieces. Left to itself
// the library keeps, for each of many threads, the place of the biggest item that the thread ever wrote or read. Where that
// library is another than the GNU C library nothing changes; what the user has set stands.
func giveBackBlocks() {
	if os.Getenv("MALLOC_MMAP_THRESHOLD_") == "" && os.Getenv("GLIBC_TUNABLES") == "" {
		C.give_back_blocks(ownBlock)
	}
}
