package dev.arrowshelf.store.catalog;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.Region;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One slab: mapped for writing by its owner, or on disk, mapped for reading. Not thread-safe:
/// [Slabs] guards it. Owns its region; [#close] lets go of it.
///
/// Words of a slab on disk change through its file: where a file system copies what is written, a
/// mapping of it could find no room and end the process.
final class Slab implements AutoCloseable {
    private final long generation;
    private final Region region;
    private final @Nullable Path stored;
    private int used;
    private int liveRecords;
    private long liveBytes;
    private Optional<String> damage = Optional.empty();

    private Slab(long generation, Region region, @Nullable Path stored, int used) {
        this.generation = generation;
        this.region = region;
        this.stored = stored;
        this.used = used;
    }

    /// Makes an empty slab of a file, whatever its content.
    static Slab format(SlabSupply.Raw file, long generation) throws IOException {
        Region region = Region.mapWritable(file.handle(), SlabLayout.FILE_BYTES);
        try {
            region.segment().asSlice(0, file.usedBytes()).fill((byte) 0);
            SlabLayout.writeHeader(region.segment(), generation);
            return new Slab(generation, region, null, SlabLayout.HEADER_BYTES);
        } catch (RuntimeException failure) {
            region.close();
            throw failure;
        }
    }

    /// Maps a slab that an earlier owner left.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `CORRUPT` when it is no slab of that
    ///   generation
    static Slab open(FileHandle file, long generation) throws IOException {
        requireLength(file);
        return checked(Region.mapWritable(file, file.size()), file.path(), null, generation);
    }

    /// Maps a slab on disk; what is live in it is not counted yet.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `CORRUPT` when it is no slab of that
    ///   generation
    static Slab openStored(Path path, long generation) throws IOException {
        try (FileHandle file = FileHandle.openReadOnly(path)) {
            requireLength(file);
            return checked(Region.mapReadOnly(file, file.size()), path, path, generation);
        }
    }

    private static void requireLength(FileHandle file) throws IOException {
        long bytes = file.size();
        if (bytes < SlabLayout.HEADER_BYTES || bytes > SlabLayout.MOST_FILE_BYTES) {
            throw Damage.of("slab has an impossible length: path=%s, bytes=%d", file.path(), bytes);
        }
    }

    private static Slab checked(Region region, Path path, @Nullable Path stored, long generation) {
        if (!SlabLayout.hasHeader(region.segment(), generation)) {
            region.close();
            throw Damage.of("slab header does not fit: path=%s", path);
        }
        return new Slab(generation, region, stored, SlabLayout.HEADER_BYTES);
    }

    /// Walks over the used part, hands out the live records and counts them. In memory a record
    /// that does not fit ends the walk; on disk the walk goes on behind one whose length fits,
    /// which counts as live and is not handed out. See [#damage].
    List<SlabRecord> scan() {
        MemorySegment slab = region.segment();
        List<SlabRecord> records = new ArrayList<>();
        int at = SlabLayout.HEADER_BYTES;
        liveRecords = 0;
        liveBytes = 0;
        while (at + SlabLayout.RECORD_HEADER_BYTES <= slab.byteSize()) {
            int state = SlabLayout.state(slab, at);
            if (state == SlabLayout.STATE_NONE && stored == null) {
                break;
            }
            boolean known = state > SlabLayout.STATE_NONE && state <= SlabLayout.STATE_UNPUBLISHED;
            boolean whole = known && SlabLayout.isRecord(slab, at);
            if (!whole) {
                damage = Optional.of(damageAt(at));
                if (stored == null || !SlabLayout.isShaped(slab, at)) {
                    break;
                }
            }
            if (state == SlabLayout.STATE_LIVE) {
                liveRecords++;
                liveBytes += SlabLayout.recordBytesAt(slab, at);
                if (whole) {
                    records.add(SlabLayout.record(slab, generation, at, stored != null));
                }
            }
            at += SlabLayout.recordBytesAt(slab, at);
        }
        used = at;
        return records;
    }

    private String damageAt(int offset) {
        return "slab record is damaged: slab=%016x, offset=%d, liveRecordsBefore=%d"
                .formatted(generation, offset, liveRecords);
    }

    /// Clears what a writer that died left behind the used part, so that appending may go on there.
    void clearTail() {
        MemorySegment slab = region.segment();
        slab.asSlice(used, slab.byteSize() - used).fill((byte) 0);
    }

    boolean hasRoom(int recordBytes) {
        return stored == null && damage.isEmpty() && recordBytes <= region.byteSize() - used;
    }

    /// Where the next record of this shape will lie.
    SlabPlace nextPlace(int keyBytes, int payloadBytes) {
        return new SlabPlace(
                generation,
                used,
                SlabLayout.recordBytes(keyBytes, payloadBytes),
                used + SlabLayout.payloadOffset(keyBytes),
                payloadBytes,
                false);
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

    /// Makes a record of a slab on disk live that was written without being published.
    void show(int recordOffset) throws IOException {
        setState(recordOffset, SlabLayout.STATE_LIVE);
        liveRecords++;
        liveBytes += SlabLayout.recordBytesAt(region.segment(), recordOffset);
    }

    boolean isLive(int recordOffset) {
        return SlabLayout.state(region.segment(), recordOffset) == SlabLayout.STATE_LIVE;
    }

    /// Withdraws a record; false when it was not live.
    boolean withdraw(int recordOffset) throws IOException {
        if (!isLive(recordOffset)) {
            return false;
        }
        liveRecords--;
        liveBytes -= SlabLayout.recordBytesAt(region.segment(), recordOffset);
        setState(recordOffset, SlabLayout.STATE_WITHDRAWN);
        return true;
    }

    private void setState(int recordOffset, int state) throws IOException {
        Path file = stored;
        if (file == null) {
            SlabLayout.setState(region.segment(), recordOffset, state);
        } else {
            write(file, SlabLayout.stateWord(state), recordOffset);
        }
    }

    void setExpires(int recordOffset, long millis) throws IOException {
        Path file = stored;
        if (file == null) {
            SlabLayout.setExpires(region.segment(), recordOffset, millis);
        } else {
            write(file, SlabLayout.timeWord(millis), SlabLayout.expiresAt(recordOffset));
        }
    }

    /// A file that somebody took needs no change: the next owner finds nothing of it.
    private static void write(Path path, MemorySegment word, long offset) throws IOException {
        try (FileHandle file = FileHandle.openReadWrite(path)) {
            file.write(word, offset);
        } catch (NoSuchFileException _) { // as the comment says
            return;
        }
    }

    long expires(int recordOffset) {
        return SlabLayout.expires(region.segment(), recordOffset);
    }

    /// The stream of a record.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `CORRUPT` when it lies on disk and is
    ///   damaged
    MemorySegment payload(SlabPlace place) {
        if (stored != null && !SlabLayout.isRecord(region.segment(), place.recordOffset())) {
            throw Damage.of("%s", damageAt(place.recordOffset()));
        }
        return region.segment().asSlice(place.payloadOffset(), place.payloadBytes()).asReadOnly();
    }

    /// The bytes of a record, header and padding included.
    MemorySegment bytes(SlabPlace place) {
        return region.segment().asSlice(place.recordOffset(), place.recordBytes()).asReadOnly();
    }

    long generation() {
        return generation;
    }

    /// Where it lies on disk; null in memory.
    @Nullable Path stored() {
        return stored;
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
