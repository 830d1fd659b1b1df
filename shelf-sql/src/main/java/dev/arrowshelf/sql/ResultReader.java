package dev.arrowshelf.sql;

import dev.arrowshelf.sql.cache.Recording;
import dev.arrowshelf.sql.cache.ResultCache;
import dev.arrowshelf.sql.cache.ResultKey;
import dev.arrowshelf.sql.model.ResultLimits;
import dev.arrowshelf.sql.session.RunningQuery;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.nio.BufferUnderflowException;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.arrow.c.ArrowArray;
import org.apache.arrow.c.ArrowSchema;
import org.apache.arrow.c.CDataDictionaryProvider;
import org.apache.arrow.c.Data;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// The rows of a query, batch by batch, in vectors over the memory that DuckDB's threads wrote them
/// to.
///
/// One thread at a time. Owns its root and dictionaries until it is closed; closing it ends the
/// query.
final class ResultReader extends ArrowReader {
    private final RunningQuery query;
    private final ResultLimits limits;
    private final VectorSchemaRoot root;
    private final CDataDictionaryProvider provider = new CDataDictionaryProvider();
    private @Nullable Recording recording;
    private long rows;
    private long bytes;
    private boolean closed;

    ResultReader(RunningQuery query, ResultLimits limits, BufferAllocator allocator) {
        super(allocator);
        this.query = query;
        this.limits = limits;
        try (ArrowSchema schema = ArrowSchema.allocateNew(allocator)) {
            query.schema(schema.memoryAddress());
            this.root = VectorSchemaRoot.create(imported(schema), allocator);
        }
    }

    /// Notes the rows while they are read, to keep them when they are all read.
    void record(ResultCache cache, ResultKey key) {
        recording = new Recording(cache, key, root);
    }

    private Schema imported(ArrowSchema schema) {
        try {
            return Data.importSchema(allocator, schema, provider);
        } catch (BufferUnderflowException tooLong) {
            throw new ShelfException(
                    ErrorCode.INVALID_SQL,
                    "a column of the result has too long a name: give it another with AS",
                    tooLong);
        }
    }

    @Override
    public VectorSchemaRoot getVectorSchemaRoot() {
        return root;
    }

    @Override
    public Map<Long, Dictionary> getDictionaryVectors() {
        return provider.getDictionaryIds().stream()
                .collect(Collectors.toMap(id -> id, provider::lookup));
    }

    @Override
    public Dictionary lookup(long id) {
        return provider.lookup(id);
    }

    @Override
    public Set<Long> getDictionaryIds() {
        return provider.getDictionaryIds();
    }

    @Override
    public boolean loadNextBatch() {
        if (closed) {
            throw new ShelfException(ErrorCode.CLOSED, "result is closed");
        }
        try (ArrowArray array = ArrowArray.allocateNew(allocator)) {
            query.next(array.memoryAddress());
            if (array.snapshot().release == 0) {
                keepRecording();
                root.clear();
                return false;
            }
            Data.importIntoVectorSchemaRoot(allocator, array, root, provider);
        }
        rows += root.getRowCount();
        root.getFieldVectors().forEach(vector -> bytes += vector.getBufferSize());
        limits.check(rows, bytes);
        if (recording != null) {
            recording.add();
        }
        return true;
    }

    private void keepRecording() {
        Recording present = recording;
        if (present != null) {
            query.repeatable().ifPresent(present::keep);
            present.close();
        }
    }

    @Override
    public long bytesRead() {
        return bytes;
    }

    @Override
    protected Schema readSchema() {
        return root.getSchema();
    }

    @Override
    public void close(boolean closeReadSource) {
        closeReadSource();
    }

    @Override
    public void close() {
        closeReadSource();
    }

    @Override
    protected void closeReadSource() {
        if (!closed) {
            closed = true;
            if (recording != null) {
                recording.close();
            }
            root.close();
            provider.close();
            query.close();
        }
    }
}
