package dev.arrowshelf.server.flight;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.StoredMessages;
import dev.arrowshelf.store.table.put.BodyPlace;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Rows that a client adds to a table: tables do not change, so a new generation is made of the old
/// rows and the new ones. It is published only when nobody has replaced the old one meanwhile.
///
/// Owns the old table until [#close()].
final class AppendTarget implements PutTarget {
    private final FlightTables tables;
    private final ShelfTable old;
    private final PutTarget target;
    private boolean begun;

    /// Takes over the old table and the target.
    AppendTarget(FlightTables tables, ShelfTable old, PutTarget target) {
        this.tables = tables;
        this.old = old;
        this.target = target;
    }

    @Override
    public @Nullable BodyPlace begin(IpcMessage message) {
        return target.begin(message);
    }

    @Override
    public void add(IpcMessage message, MemorySegment body) {
        if (begun) {
            target.add(message, body);
            return;
        }
        begun = true;
        check(message);
        target.add(message, body);
        for (int partition = 0; partition < old.partitionCount(); partition++) {
            StoredMessages stored = StoredMessages.of(old, partition);
            List<LocatedMessage> batches = stored.messages().subList(1, stored.messages().size());
            batches.forEach(batch -> target.add(batch.message(), stored.body(batch)));
        }
    }

    private void check(IpcMessage message) {
        ByteBuffer bytes = message.metadata().asByteBuffer();
        Message read = Message.getRootAsMessage(bytes);
        org.apache.arrow.flatbuf.Schema header =
                (org.apache.arrow.flatbuf.Schema)
                        read.header(new org.apache.arrow.flatbuf.Schema());
        Schema added = header == null ? new Schema(List.of()) : Schema.convertSchema(header);
        if (!added.getFields().equals(old.schema().getFields())) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "rows to append have other columns: table=%s, appended=%s"
                            .formatted(old.schema().getFields(), added.getFields()));
        }
        if (added.getFields().stream().anyMatch(AppendTarget::hasDictionary)) {
            throw new ShelfException(
                    ErrorCode.UNSUPPORTED_IPC,
                    "columns with dictionaries cannot be appended to: put the whole table");
        }
    }

    private static boolean hasDictionary(Field field) {
        return field.getDictionary() != null
                || field.getChildren().stream().anyMatch(AppendTarget::hasDictionary);
    }

    @Override
    public byte[] finish() {
        try (ShelfTable now = tables.space().find(old.name())) {
            if (now == null || now.generation() != old.generation()) {
                throw new ShelfException(
                        ErrorCode.BUSY,
                        "table has changed while rows were appended: name=" + old.name());
            }
        }
        return target.finish();
    }

    @Override
    public void close() {
        try (old) {
            target.close();
        }
    }
}
