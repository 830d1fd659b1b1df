package dev.arrowshelf.vector.segment;

import dev.arrowshelf.vector.segment.IndexTuning.Calibration;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Writes an index into memory: first the sections say how long they are, then the caller fills
/// them where they lie, then the header with its checksums makes it an index.
///
/// Thread rule: one thread, but sections may be filled by several. Memory rule: the segment is the
/// caller's.
public final class IndexWriter {
    private final IndexIdentity identity;
    private final Map<IndexSection, long[]> places = new EnumMap<>(IndexSection.class);
    private final byte[] names;
    private long totalBytes = IndexLayout.HEADER_BYTES;

    /// Begins an index of something.
    public IndexWriter(IndexIdentity identity) {
        this.identity = identity;
        this.names = names(identity);
        section(IndexSection.NAMES, names.length);
    }

    /// Reserves room for a section.
    public IndexWriter section(IndexSection section, long bytes) {
        places.put(section, new long[] {totalBytes, bytes});
        totalBytes = IndexLayout.aligned(Math.addExact(totalBytes, bytes));
        return this;
    }

    /// Returns the bytes of the whole index, a multiple of 64.
    public long totalBytes() {
        return totalBytes;
    }

    /// Returns a section's part of the memory.
    public MemorySegment slice(MemorySegment memory, IndexSection section) {
        long[] place = places.get(section);
        if (place == null) {
            throw new IllegalArgumentException("no room was reserved: section=" + section);
        }
        return memory.asSlice(place[0], place[1]);
    }

    /// Writes everything but the sections' content, which must be there.
    public void finish(MemorySegment memory, IndexShape shape, IndexTuning tuning) {
        MemorySegment header = memory.asSlice(0, IndexLayout.HEADER_BYTES).fill((byte) 0);
        MemorySegment.copy(
                names,
                0,
                slice(memory, IndexSection.NAMES),
                ValueLayout.JAVA_BYTE,
                0,
                names.length);
        header.set(IndexLayout.LONG, 0, IndexLayout.MAGIC);
        header.set(IndexLayout.INT, IndexLayout.VERSION_AT, IndexLayout.VERSION);
        header.set(IndexLayout.INT, IndexLayout.HEADER_BYTES_AT, IndexLayout.HEADER_BYTES);
        header.set(IndexLayout.LONG, IndexLayout.TOTAL_AT, totalBytes);
        header.set(IndexLayout.LONG, IndexLayout.GENERATION_AT, identity.generation());
        header.set(IndexLayout.LONG, IndexLayout.TABLE_ROWS_AT, shape.tableRows());
        header.set(IndexLayout.INT, IndexLayout.POINTS_AT, shape.points());
        header.set(IndexLayout.INT, IndexLayout.DIMENSIONS_AT, shape.dimensions());
        header.set(IndexLayout.INT, IndexLayout.KIND_AT, identity.kind().code());
        header.set(IndexLayout.INT, IndexLayout.METRIC_AT, identity.metric().code());
        header.set(IndexLayout.LONG, IndexLayout.SKIPPED_AT, shape.skipped());
        header.set(IndexLayout.LONG, IndexLayout.CREATED_AT, shape.createdMillis());
        header.set(IndexLayout.INT, IndexLayout.LISTS_AT, tuning.lists());
        header.set(IndexLayout.INT, IndexLayout.EFFORT_AT, tuning.effort());
        header.set(IndexLayout.INT, IndexLayout.STORAGE_AT, tuning.storage().code());
        writeCalibration(header, tuning.calibration());
        writeSections(memory, header);
        header.set(
                IndexLayout.INT,
                IndexLayout.CHECKSUM_AT,
                IndexLayout.checksum(header.asSlice(0, IndexLayout.CHECKSUM_AT)));
    }

    private static void writeCalibration(MemorySegment header, List<Calibration> measured) {
        header.set(IndexLayout.INT, IndexLayout.CALIBRATIONS_AT, measured.size());
        long at = IndexLayout.FIRST_CALIBRATION_AT;
        for (Calibration each : measured) {
            header.set(IndexLayout.INT, at, each.setting());
            header.set(IndexLayout.FLOAT, at + 4, each.recall());
            header.set(IndexLayout.FLOAT, at + 8, each.micros());
            at += IndexLayout.CALIBRATION_BYTES;
        }
    }

    private void writeSections(MemorySegment memory, MemorySegment header) {
        header.set(IndexLayout.INT, IndexLayout.SECTIONS_AT, places.size());
        long at = IndexLayout.FIRST_SECTION_AT;
        for (Map.Entry<IndexSection, long[]> each : places.entrySet()) {
            long offset = each.getValue()[0];
            long bytes = each.getValue()[1];
            memory.asSlice(offset + bytes, IndexLayout.aligned(offset + bytes) - offset - bytes)
                    .fill((byte) 0);
            header.set(IndexLayout.INT, at, each.getKey().code());
            header.set(
                    IndexLayout.INT, at + 4, IndexLayout.checksum(memory.asSlice(offset, bytes)));
            header.set(IndexLayout.LONG, at + 8, offset);
            header.set(IndexLayout.LONG, at + 16, bytes);
            at += IndexLayout.SECTION_BYTES;
        }
    }

    private static byte[] names(IndexIdentity identity) {
        List<byte[]> texts = new ArrayList<>();
        texts.add(identity.table().getBytes(StandardCharsets.UTF_8));
        identity.columns().forEach(name -> texts.add(name.getBytes(StandardCharsets.UTF_8)));
        int bytes =
                Integer.BYTES + texts.stream().mapToInt(text -> Integer.BYTES + text.length).sum();
        MemorySegment joined = MemorySegment.ofArray(new byte[bytes]);
        joined.set(IndexLayout.INT, 0, texts.size());
        long at = Integer.BYTES;
        for (byte[] text : texts) {
            joined.set(IndexLayout.INT, at, text.length);
            MemorySegment.copy(
                    text, 0, joined, ValueLayout.JAVA_BYTE, at + Integer.BYTES, text.length);
            at += Integer.BYTES + text.length;
        }
        return joined.toArray(ValueLayout.JAVA_BYTE);
    }
}
