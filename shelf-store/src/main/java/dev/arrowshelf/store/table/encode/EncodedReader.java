package dev.arrowshelf.store.table.encode;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Batches of another reader, or one root, with the text columns that repeat themselves as
/// dictionaries. Which those are is decided by the first batch: few distinct values among its first
/// rows, and fewer bytes in all. Dictionaries grow from batch to batch.
///
/// One thread. Owns the indices and dictionaries that it makes, until it is closed; the source
/// stays its owner's, and open.
public final class EncodedReader extends ArrowReader {
    private static final ArrowType.Int INDEX = new ArrowType.Int(Integer.SIZE, true);

    private final VectorSchemaRoot from;
    private final DictionaryProvider given;
    private final @Nullable ArrowReader source;
    private final List<EncodedColumn> columns = new ArrayList<>();
    private final VectorSchemaRoot shown;
    private boolean pending;

    /// Encodes all batches that a reader still has; reads the first one.
    public EncodedReader(ArrowReader source, BufferAllocator allocator) throws IOException {
        this(source.getVectorSchemaRoot(), source, source, allocator);
    }

    /// Encodes a root as it is filled now.
    public EncodedReader(
            VectorSchemaRoot root, DictionaryProvider dictionaries, BufferAllocator allocator)
            throws IOException {
        this(root, dictionaries, null, allocator);
    }

    private EncodedReader(
            VectorSchemaRoot from,
            DictionaryProvider given,
            @Nullable ArrowReader source,
            BufferAllocator allocator)
            throws IOException {
        super(allocator);
        this.from = from;
        this.given = given;
        this.source = source;
        this.pending = source == null || source.loadNextBatch();
        List<Field> fields = new ArrayList<>();
        List<FieldVector> vectors = new ArrayList<>();
        try {
            choose(fields, vectors);
        } catch (RuntimeException failure) {
            columns.forEach(EncodedColumn::close);
            throw failure;
        }
        this.shown =
                new VectorSchemaRoot(
                        new Schema(fields, from.getSchema().getCustomMetadata()),
                        vectors,
                        from.getRowCount());
    }

    private void choose(List<Field> fields, List<FieldVector> vectors) {
        long free = freeId();
        for (FieldVector vector : from.getFieldVectors()) {
            EncodedColumn column =
                    pending
                            ? EncodedColumn.of(
                                    vector,
                                    from.getRowCount(),
                                    new DictionaryEncoding(free, false, INDEX),
                                    allocator)
                            : null;
            if (column == null) {
                fields.add(vector.getField());
                vectors.add(vector);
            } else {
                free++;
                columns.add(column);
                fields.add(column.indices().getField());
                vectors.add(column.indices());
            }
        }
    }

    private long freeId() {
        Set<Long> used = new HashSet<>(given.getDictionaryIds());
        from.getSchema().getFields().forEach(field -> collect(field, used));
        return used.stream().mapToLong(Long::longValue).max().orElse(-1) + 1;
    }

    private static void collect(Field field, Set<Long> used) {
        if (field.getDictionary() != null) {
            used.add(field.getDictionary().getId());
        }
        field.getChildren().forEach(child -> collect(child, used));
    }

    @Override
    public VectorSchemaRoot getVectorSchemaRoot() {
        return shown;
    }

    @Override
    public boolean loadNextBatch() throws IOException {
        if (pending) {
            pending = false; // encoded when it was looked at
            return true;
        }
        ArrowReader more = source;
        if (more == null || !more.loadNextBatch()) {
            return false;
        }
        columns.forEach(column -> column.load(from.getRowCount()));
        shown.setRowCount(from.getRowCount());
        return true;
    }

    @Override
    public @Nullable Dictionary lookup(long id) {
        for (EncodedColumn column : columns) {
            if (column.dictionary().getEncoding().getId() == id) {
                return column.dictionary();
            }
        }
        return given.lookup(id);
    }

    @Override
    public Set<Long> getDictionaryIds() {
        Set<Long> ids = new HashSet<>(given.getDictionaryIds());
        columns.forEach(column -> ids.add(column.dictionary().getEncoding().getId()));
        return ids;
    }

    @Override
    public Map<Long, Dictionary> getDictionaryVectors() {
        Map<Long, Dictionary> all = new HashMap<>();
        for (long id : getDictionaryIds()) {
            Dictionary dictionary = lookup(id);
            if (dictionary != null) {
                all.put(id, dictionary);
            }
        }
        return all;
    }

    @Override
    public long bytesRead() {
        return source == null ? 0 : source.bytesRead();
    }

    @Override
    protected Schema readSchema() {
        return shown.getSchema();
    }

    @Override
    protected void closeReadSource() {
        columns.forEach(EncodedColumn::close);
    }

    /// One column that is encoded: its values, and the indices of the present rows.
    private static final class EncodedColumn implements AutoCloseable {
        private static final int SAMPLE_ROWS = 10_000;
        private static final int LEAST_REPETITION = 4;

        private final FieldVector text;
        private final TextDictionary values;
        private final IntVector indices;
        private final DictionaryEncoding encoding;

        private EncodedColumn(
                FieldVector text, DictionaryEncoding encoding, BufferAllocator allocator) {
            this.text = text;
            this.encoding = encoding;
            this.values = new TextDictionary(text.getField(), allocator);
            this.indices =
                    new IntVector(EncodedField.encoded(text.getField(), encoding), allocator);
        }

        /// Encodes a column, or returns null when that is not worth it.
        static @Nullable EncodedColumn of(
                FieldVector text,
                int rows,
                DictionaryEncoding encoding,
                BufferAllocator allocator) {
            if (rows < 2 || !EncodedField.isText(text.getField())) {
                return null;
            }
            EncodedColumn column = new EncodedColumn(text, encoding, allocator);
            try {
                int sample = Math.min(rows, SAMPLE_ROWS);
                column.values.encode(text, sample, column.indices);
                if (column.values.count() <= sample / LEAST_REPETITION) {
                    column.load(rows);
                    if (column.bytes() < text.getBufferSizeFor(rows)) {
                        return column;
                    }
                }
            } catch (RuntimeException failure) {
                column.close();
                throw failure;
            }
            column.close();
            return null;
        }

        void load(int rows) {
            values.encode(text, rows, indices);
        }

        private long bytes() {
            long offsets = (long) values.count() * Integer.BYTES;
            return indices.getBufferSize() + offsets + values.byteCount();
        }

        IntVector indices() {
            return indices;
        }

        Dictionary dictionary() {
            return new Dictionary(values.values(), encoding);
        }

        @Override
        public void close() {
            indices.close();
            values.close();
        }
    }
}
