package dev.arrowshelf.vector.segment;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.Storage;
import dev.arrowshelf.vector.segment.IndexTuning.Calibration;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An index as it lies in memory, checked: magic, version, sizes, checksums of header and sections.
///
/// Thread rule: immutable. Memory rule: views of the segment it was opened on.
public final class IndexBytes {
    private final MemorySegment memory;
    private final Map<IndexSection, MemorySegment> sections = new EnumMap<>(IndexSection.class);
    private final IndexIdentity identity;
    private final IndexShape shape;
    private final IndexTuning tuning;

    private IndexBytes(MemorySegment memory) {
        this.memory = memory;
        checkHeader();
        readSections();
        this.shape =
                new IndexShape(
                        memory.get(IndexLayout.LONG, IndexLayout.TABLE_ROWS_AT),
                        memory.get(IndexLayout.INT, IndexLayout.POINTS_AT),
                        memory.get(IndexLayout.LONG, IndexLayout.SKIPPED_AT),
                        memory.get(IndexLayout.INT, IndexLayout.DIMENSIONS_AT),
                        memory.get(IndexLayout.LONG, IndexLayout.CREATED_AT));
        this.identity = readIdentity();
        this.tuning = readTuning();
        if (shape.points() < 0 || shape.dimensions() < 1) {
            throw damaged("sizes are impossible: " + shape);
        }
    }

    /// Opens an index.
    ///
    /// @throws ShelfException `CORRUPT` when the bytes are no index of this version or are damaged
    public static IndexBytes open(MemorySegment memory) {
        return new IndexBytes(memory.asReadOnly());
    }

    private void checkHeader() {
        if (memory.byteSize() < IndexLayout.HEADER_BYTES
                || memory.get(IndexLayout.LONG, 0) != IndexLayout.MAGIC) {
            throw damaged("it does not begin as one");
        }
        int version = memory.get(IndexLayout.INT, IndexLayout.VERSION_AT);
        if (version != IndexLayout.VERSION) {
            throw damaged("version=" + version + ", known=" + IndexLayout.VERSION);
        }
        int stored = memory.get(IndexLayout.INT, IndexLayout.CHECKSUM_AT);
        int counted = IndexLayout.checksum(memory.asSlice(0, IndexLayout.CHECKSUM_AT));
        if (stored != counted) {
            throw damaged("header does not fit its checksum");
        }
        long total = memory.get(IndexLayout.LONG, IndexLayout.TOTAL_AT);
        if (total != memory.byteSize()) {
            throw damaged("bytes=" + memory.byteSize() + ", expected=" + total);
        }
    }

    private void readSections() {
        int count = memory.get(IndexLayout.INT, IndexLayout.SECTIONS_AT);
        if (count < 0 || count > IndexLayout.MOST_SECTIONS) {
            throw damaged("sections=" + count);
        }
        for (int number = 0; number < count; number++) {
            long at = IndexLayout.FIRST_SECTION_AT + (long) number * IndexLayout.SECTION_BYTES;
            long offset = memory.get(IndexLayout.LONG, at + 8);
            long bytes = memory.get(IndexLayout.LONG, at + 16);
            if (offset < IndexLayout.HEADER_BYTES
                    || bytes < 0
                    || offset > memory.byteSize() - bytes) {
                throw damaged("section lies outside: offset=" + offset + ", bytes=" + bytes);
            }
            MemorySegment content = memory.asSlice(offset, bytes);
            if (IndexLayout.checksum(content) != memory.get(IndexLayout.INT, at + 4)) {
                throw damaged("section does not fit its checksum: offset=" + offset);
            }
            int code = memory.get(IndexLayout.INT, at);
            for (IndexSection section : IndexSection.values()) {
                if (section.code() == code) {
                    sections.put(section, content);
                }
            }
        }
    }

    private IndexIdentity readIdentity() {
        List<String> names = readNames();
        return new IndexIdentity(
                names.getFirst(),
                memory.get(IndexLayout.LONG, IndexLayout.GENERATION_AT),
                names.subList(1, names.size()),
                metric(memory.get(IndexLayout.INT, IndexLayout.METRIC_AT)),
                kind(memory.get(IndexLayout.INT, IndexLayout.KIND_AT)));
    }

    private List<String> readNames() {
        MemorySegment joined = section(IndexSection.NAMES);
        try {
            int count = joined.get(IndexLayout.INT, 0);
            List<String> names = new ArrayList<>();
            long at = Integer.BYTES;
            for (int number = 0; number < count; number++) {
                int length = joined.get(IndexLayout.INT, at);
                byte[] text =
                        joined.asSlice(at + Integer.BYTES, length).toArray(ValueLayout.JAVA_BYTE);
                names.add(new String(text, StandardCharsets.UTF_8));
                at += Integer.BYTES + length;
            }
            if (names.size() < 2) {
                throw damaged("names are missing");
            }
            return names;
        } catch (IndexOutOfBoundsException outside) {
            throw damaged("names are cut short: " + outside.getMessage());
        }
    }

    private IndexTuning readTuning() {
        int count = memory.get(IndexLayout.INT, IndexLayout.CALIBRATIONS_AT);
        if (count < 0 || count > IndexTuning.MOST_CALIBRATIONS) {
            throw damaged("measured settings=" + count);
        }
        List<Calibration> measured = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            long at =
                    IndexLayout.FIRST_CALIBRATION_AT
                            + (long) number * IndexLayout.CALIBRATION_BYTES;
            measured.add(
                    new Calibration(
                            memory.get(IndexLayout.INT, at),
                            memory.get(IndexLayout.FLOAT, at + 4),
                            memory.get(IndexLayout.FLOAT, at + 8)));
        }
        return new IndexTuning(
                memory.get(IndexLayout.INT, IndexLayout.LISTS_AT),
                memory.get(IndexLayout.INT, IndexLayout.EFFORT_AT),
                storage(memory.get(IndexLayout.INT, IndexLayout.STORAGE_AT)),
                measured);
    }

    private static Storage storage(int code) {
        for (Storage storage : Storage.values()) {
            if (storage.code() == code && storage != Storage.AUTO) {
                return storage;
            }
        }
        throw damaged("storage=" + code);
    }

    private static Metric metric(int code) {
        for (Metric metric : Metric.values()) {
            if (metric.code() == code) {
                return metric;
            }
        }
        throw damaged("metric=" + code);
    }

    private static IndexKind kind(int code) {
        for (IndexKind kind : IndexKind.values()) {
            if (kind.code() == code && kind != IndexKind.AUTO && kind != IndexKind.EXACT) {
                return kind;
            }
        }
        throw damaged("kind=" + code);
    }

    /// Returns what the index is of.
    public IndexIdentity identity() {
        return identity;
    }

    /// Returns its sizes.
    public IndexShape shape() {
        return shape;
    }

    /// Returns its settings.
    public IndexTuning tuning() {
        return tuning;
    }

    /// Returns the bytes of the whole index.
    public long byteSize() {
        return memory.byteSize();
    }

    /// Returns a section. Error: `CORRUPT` when it is missing.
    public MemorySegment section(IndexSection section) {
        @Nullable MemorySegment content = sections.get(section);
        if (content == null) {
            throw damaged("section is missing: section=" + section);
        }
        return content;
    }

    /// Returns the failure to throw where the content of a section does not fit.
    public static ShelfException damaged(String fact) {
        return new ShelfException(ErrorCode.CORRUPT, "vector index is damaged: " + fact);
    }
}
