package dev.arrowshelf.store.catalog;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// The content of a slab on disk before it is written: copies of live records, none of them
/// published yet.
///
/// Confined to one thread. Owns its memory, which ends with [#close].
public final class SlabImage implements AutoCloseable {
    private final Arena arena = Arena.ofConfined();
    private final long generation;
    private final MemorySegment room;
    private final List<Move> moves = new ArrayList<>();
    private int used = SlabLayout.HEADER_BYTES;

    /// A record that is to go to disk.
    ///
    /// @param from where it is
    /// @param to the same table where it will be
    public record Move(SlabRecord from, SlabRecord to) {}

    /// @param bytes of the records, at most
    SlabImage(long generation, long bytes) {
        this.generation = generation;
        this.room = arena.allocate(SlabLayout.HEADER_BYTES + bytes, SlabLayout.ALIGNMENT);
    }

    void add(SlabRecord record, MemorySegment bytes) {
        SlabPlace from = record.place();
        MemorySegment.copy(bytes, 0, room, used, bytes.byteSize());
        SlabLayout.setState(room, used, SlabLayout.STATE_UNPUBLISHED);
        SlabPlace to =
                new SlabPlace(
                        generation,
                        used,
                        from.recordBytes(),
                        used + from.payloadOffset() - from.recordOffset(),
                        from.payloadBytes(),
                        true);
        moves.add(new Move(record, record.at(to)));
        used += from.recordBytes();
    }

    SlabImage finish() {
        SlabLayout.writeHeader(room.asSlice(0, used), generation);
        return this;
    }

    /// Returns the slab's own generation.
    public long generation() {
        return generation;
    }

    /// Returns the bytes of the file.
    public MemorySegment content() {
        return room.asSlice(0, used).asReadOnly();
    }

    /// Returns the records in it.
    public List<Move> moves() {
        return List.copyOf(moves);
    }

    @Override
    public void close() {
        arena.close();
    }
}
