package dev.arrowshelf.store.catalog;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.Region;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// One slab, mapped for writing by its owner. Not thread-safe: [Slabs] guards it. Owns its region;
/// [#close] lets go of it.
final class Slab implements AutoCloseable {
    private final long generation;
    private final Region region;
    private int used;
    private int liveRecords;
    private long liveBytes;
    private Optional<String> damage = Optional.empty();

    private Slab(long generation, Region region, int used) {
        this.generation = generation;
        this.region = region;
        this.used = used;
    }

    /// Makes an empty slab of a file, whatever its content.
    static Slab format(SlabSupply.Raw file, long generation) throws IOException {
        Region region = Region.mapWritable(file.handle(), SlabLayout.FILE_BYTES);
        try {
            region.segment().asSlice(0, file.usedBytes()).fill((byte) 0);
            SlabLayout.writeHeader(region.segment(), generation);
            return new Slab(generation, region, SlabLayout.HEADER_BYTES);
        } catch (RuntimeException failure) {
            region.close();
            throw failure;
        }
    }

    /// Maps a slab that an earlier owner left, and counts what is live in it.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `CORRUPT` when it is no slab of that
    ///   generation
    static Slab open(FileHandle file, long generation) throws IOException {
        long bytes = file.size();
        if (bytes < SlabLayout.HEADER_BYTES || bytes > SlabLayout.MOST_FILE_BYTES) {
            throw Damage.of("slab has an impossible length: path=%s, bytes=%d", file.path(), bytes);
        }
        Region region = Region.mapWritable(file, bytes);
        if (!SlabLayout.hasHeader(region.segment(), generation)) {
            region.close();
            throw Damage.of("slab header does not fit: path=%s", file.path());
        }
        return new Slab(generation, region, SlabLayout.HEADER_BYTES);
    }

    /// Walks over the used part and hands out the live records. A record that does not fit ends the
    /// walk; see [#damage].
    List<SlabRecord> scan() {
        MemorySegment slab = region.segment();
        List<SlabRecord> records = new ArrayList<>();
        int at = SlabLayout.HEADER_BYTES;
        liveRecords = 0;
        liveBytes = 0;
        while (at + SlabLayout.RECORD_HEADER_BYTES <= slab.byteSize()) {
            int state = SlabLayout.state(slab, at);
            if (state == SlabLayout.STATE_NONE) {
                break;
            }
            if (state < 0
                    || state > SlabLayout.STATE_UNPUBLISHED
                    || !SlabLayout.isRecord(slab, at)) {
                damage =
                        Optional.of(
                                "slab record is damaged: slab=%016x, offset=%d, liveRecordsBefore=%d"
                                        .formatted(generation, at, liveRecords));
                break;
            }
            if (state == SlabLayout.STATE_LIVE) {
                SlabRecord record = SlabLayout.record(slab, generation, at);
                records.add(record);
                liveRecords++;
                liveBytes += record.place().recordBytes();
            }
            at += SlabLayout.recordBytesAt(slab, at);
        }
        used = at;
        return records;
    }

    /// Clears what a writer that died left behind the used part, so that appending may go on there.
    void clearTail() {
        MemorySegment slab = region.segment();
        slab.asSlice(used, slab.byteSize() - used).fill((byte) 0);
    }

    boolean hasRoom(int recordBytes) {
        return damage.isEmpty() && recordBytes <= region.byteSize() - used;
    }

    /// Where the next record of this shape will lie.
    SlabPlace nextPlace(int keyBytes, int payloadBytes) {
        return new SlabPlace(
                generation,
                used,
                SlabLayout.recordBytes(keyBytes, payloadBytes),
                used + SlabLayout.payloadOffset(keyBytes),
                payloadBytes);
    }

    /// Fills the next record and makes it live.
    ///
    /// Death before the state word is set: the used part ends before this record. After it: the
    /// record is found at the next start, whole, though no slot ever named it.
    void append(SlabRecord record, Consumer<MemorySegment> payload) {
        MemorySegment slab = region.segment();
        SlabPlace place = record.place();
        try {
            payload.accept(slab.asSlice(place.payloadOffset(), place.payloadBytes()));
            SlabLayout.fillHeader(slab, record);
        } catch (RuntimeException | Error failure) {
            slab.asSlice(place.recordOffset(), place.recordBytes()).fill((byte) 0);
            throw failure;
        }
        SlabLayout.setState(slab, place.recordOffset(), SlabLayout.STATE_LIVE);
        used += place.recordBytes();
        liveRecords++;
        liveBytes += place.recordBytes();
    }

    /// Withdraws a record; false when it was not live.
    boolean withdraw(int recordOffset) {
        MemorySegment slab = region.segment();
        if (SlabLayout.state(slab, recordOffset) != SlabLayout.STATE_LIVE) {
            return false;
        }
        SlabLayout.setState(slab, recordOffset, SlabLayout.STATE_WITHDRAWN);
        liveRecords--;
        liveBytes -= SlabLayout.recordBytesAt(slab, recordOffset);
        return true;
    }

    void setExpires(int recordOffset, long millis) {
        SlabLayout.setExpires(region.segment(), recordOffset, millis);
    }

    long expires(int recordOffset) {
        return SlabLayout.expires(region.segment(), recordOffset);
    }

    MemorySegment payload(SlabPlace place) {
        return region.segment().asSlice(place.payloadOffset(), place.payloadBytes()).asReadOnly();
    }

    long generation() {
        return generation;
    }

    long fileBytes() {
        return region.byteSize();
    }

    int liveRecords() {
        return liveRecords;
    }

    long liveBytes() {
        return liveBytes;
    }

    int used() {
        return used;
    }

    Optional<String> damage() {
        return damage;
    }

    @Override
    public void close() {
        region.close();
    }
}
