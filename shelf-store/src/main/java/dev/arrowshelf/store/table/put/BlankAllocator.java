package dev.arrowshelf.store.table.put;

import org.apache.arrow.memory.AllocationManager;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ReferenceManager;
import org.apache.arrow.memory.RootAllocator;

/// Makes Arrow allocators whose buffers lie in the blank of a table that is built in place.
final class BlankAllocator {
    private static final long GRANULE = 8;

    private BlankAllocator() {}

    /// Returns an allocator over this memory. Sizes are not rounded up to powers of two: arrow-java
    /// would fill up the difference with room that the table has to keep.
    static BufferAllocator over(BlankMemory memory) {
        return new RootAllocator(
                RootAllocator.configBuilder()
                        .allocationManagerFactory(new Blocks(memory))
                        .roundingPolicy(bytes -> (bytes + GRANULE - 1) & -GRANULE)
                        .build());
    }

    private record Blocks(BlankMemory memory) implements AllocationManager.Factory {
        @Override
        public AllocationManager create(BufferAllocator accountingAllocator, long size) {
            return new Block(accountingAllocator, memory, size);
        }

        @Override
        public ArrowBuf empty() {
            return new ArrowBuf(ReferenceManager.NO_OP, null, 0, 0);
        }
    }

    private static final class Block extends AllocationManager {
        private final BlankMemory memory;
        private final long bytes;
        private final long address;

        Block(BufferAllocator accounting, BlankMemory memory, long bytes) {
            super(accounting);
            this.memory = memory;
            this.bytes = bytes;
            this.address = memory.take(bytes);
        }

        @Override
        public long getSize() {
            return bytes;
        }

        @Override
        protected long memoryAddress() {
            return address;
        }

        @Override
        protected void release0() {
            memory.giveBack(address, bytes);
        }
    }
}
