package dev.arrowshelf.sql.cache;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Field;

/// The rows of a result while somebody reads them, to be kept when they are whole and not too many.
///
/// One thread. Owns the buffers until [#keep] or [#close()].
public final class Recording implements AutoCloseable {
    private final ResultCache cache;
    private final ResultKey key;
    private final VectorSchemaRoot root;
    private final List<ArrowRecordBatch> batches = new ArrayList<>();
    private long bytes;
    private boolean over;

    /// @param root where the reader loads its batches
    public Recording(ResultCache cache, ResultKey key, VectorSchemaRoot root) {
        this.cache = cache;
        this.key = key;
        this.root = root;
        // a dictionary belongs to its reader
        this.over = root.getSchema().getFields().stream().anyMatch(Recording::hasDictionary);
    }

    private static boolean hasDictionary(Field field) {
        return field.getDictionary() != null
                || field.getChildren().stream().anyMatch(Recording::hasDictionary);
    }

    /// Notes the batch that lies in the root now.
    public void add() {
        if (over) {
            return;
        }
        ArrowRecordBatch batch = new VectorUnloader(root).getRecordBatch();
        batches.add(batch);
        bytes += batch.computeBodyLength();
        if (bytes > cache.mostBytes()) {
            close();
        }
    }

    /// There were no more rows: keeps them.
    ///
    /// @param tables the generation of each table by its name in the statement
    public void keep(Map<List<String>, Long> tables) {
        if (!over) {
            over = true;
            cache.add(key, new KeptRows(root.getSchema(), batches, tables));
            batches.clear();
        }
    }

    /// Lets the rows go; does nothing after [#keep].
    @Override
    public void close() {
        over = true;
        batches.forEach(ArrowRecordBatch::close);
        batches.clear();
    }
}
