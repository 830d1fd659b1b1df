/// Arrow IPC messages as bytes: framed, taken apart, recompressed, written to a file. No vectors
/// but where rows have to be sorted into partitions.
@NullMarked
package dev.arrowshelf.redis.ipc;

import org.jspecify.annotations.NullMarked;
