package dev.arrowshelf.store.table;

import dev.arrowshelf.store.ipc.IpcScanner;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.ipc.SegmentFile;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.flatbuf.DictionaryBatch;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;

/// What one partition holds: its schema, and its dictionary and record batches in the order in
/// which they are to be read. Immutable; borrows the mapped bytes.
///
/// @param schema as declared by the producer
/// @param address where the bytes are mapped
/// @param bytes how many there are
/// @param steps batches in order
/// @param growing ids of dictionaries that have delta batches here
/// @param rows rows of all record batches
record Partition(
        Schema schema, long address, long bytes, List<Step> steps, Set<Long> growing, long rows) {
    Partition {
        steps = List.copyOf(steps);
        growing = Set.copyOf(growing);
    }

    /// One batch of a partition.
    sealed interface Step {
        /// Returns the batch.
        RecordBatch batch();

        /// Returns where its body begins, counted from the partition's first byte.
        long bodyOffset();

        /// Returns the length of its body.
        long bodyBytes();
    }

    /// A batch of rows.
    record Rows(RecordBatch batch, long bodyOffset, long bodyBytes) implements Step {}

    /// Values of a dictionary: all of them, or more of them.
    record Values(
            RecordBatch batch, long bodyOffset, long bodyBytes, long dictionary, boolean delta)
            implements Step {}

    /// Reads a segment: all its dictionary batches come before its record batches.
    static Partition ofSegment(MemorySegment segment, long address, SchemaCache schemas) {
        SegmentFile file = SegmentFile.read(segment);
        List<LocatedMessage> messages = new ArrayList<>(file.dictionaries());
        messages.addAll(file.batches());
        Schema schema = schemas.schema(file.schema().metadata());
        return of(schema, address, segment.byteSize(), messages);
    }

    /// Reads the payload of a slab record, an IPC stream.
    static Partition ofPayload(MemorySegment payload, long address, SchemaCache schemas) {
        List<LocatedMessage> messages = IpcScanner.scan(payload);
        Schema schema = schemas.schema(messages.getFirst().message().metadata());
        return of(schema, address, payload.byteSize(), messages.subList(1, messages.size()));
    }

    private static Partition of(
            Schema schema, long address, long bytes, List<LocatedMessage> messages) {
        List<Step> steps = new ArrayList<>(messages.size());
        Set<Long> growing = new HashSet<>();
        long rows = 0;
        for (LocatedMessage located : messages) {
            Step step = step(located);
            steps.add(step);
            switch (step) {
                case Rows batch -> rows += batch.batch().length();
                case Values values -> {
                    if (values.delta()) {
                        growing.add(values.dictionary());
                    }
                }
            }
        }
        return new Partition(schema, address, bytes, steps, growing, rows);
    }

    private static Step step(LocatedMessage located) {
        Message message =
                Message.getRootAsMessage(
                        located.message().metadata().asByteBuffer().order(ByteOrder.LITTLE_ENDIAN));
        long bodyOffset = located.bodyOffset();
        long bodyBytes = located.message().bodyBytes();
        if (message.headerType() == MessageHeader.DictionaryBatch) {
            DictionaryBatch dictionary = (DictionaryBatch) message.header(new DictionaryBatch());
            return new Values(
                    dictionary.data(),
                    bodyOffset,
                    bodyBytes,
                    dictionary.id(),
                    dictionary.isDelta());
        }
        if (message.headerType() == MessageHeader.RecordBatch) {
            RecordBatch batch = (RecordBatch) message.header(new RecordBatch());
            return new Rows(batch, bodyOffset, bodyBytes);
        }
        throw new ShelfException(
                ErrorCode.INVALID_IPC,
                "message is neither a dictionary nor a record batch: type=" + message.headerType());
    }
}
