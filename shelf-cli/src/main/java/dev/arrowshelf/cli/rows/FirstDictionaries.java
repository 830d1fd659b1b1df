package dev.arrowshelf.cli.rows;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.ValueVector;
import org.apache.arrow.vector.compare.VectorEqualsVisitor;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.util.TransferPair;

/// The dictionaries of a reader's first batch: an Arrow file holds these only, so a table whose
/// dictionaries change from batch to batch does not fit into one. For one thread. Closing gives up
/// the references to the first dictionaries.
final class FirstDictionaries implements AutoCloseable {
    private final ArrowReader reader;
    private final Map<Long, ValueVector> first = new HashMap<>();

    FirstDictionaries(ArrowReader reader) {
        this.reader = reader;
    }

    /// Compares the dictionaries of the batch that was just loaded with those of the first one.
    void requireUnchanged() throws IOException {
        for (Map.Entry<Long, Dictionary> entry : reader.getDictionaryVectors().entrySet()) {
            FieldVector now = entry.getValue().getVector();
            ValueVector before = first.computeIfAbsent(entry.getKey(), _ -> slice(now));
            if (before.getValueCount() != now.getValueCount()
                    || !VectorEqualsVisitor.vectorEquals(before, now)) {
                throw new ShelfException(
                        ErrorCode.UNSUPPORTED_IPC,
                        "dictionary changes between batches, which an Arrow file cannot hold (a stream can: --out -): dictionary="
                                + entry.getKey());
            }
        }
    }

    @Override
    public void close() {
        first.values().forEach(ValueVector::close);
    }

    private static ValueVector slice(FieldVector vector) {
        TransferPair pair = vector.getTransferPair(vector.getAllocator());
        pair.splitAndTransfer(0, vector.getValueCount());
        return pair.getTo();
    }
}
