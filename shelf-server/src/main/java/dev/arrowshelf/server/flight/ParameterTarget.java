package dev.arrowshelf.server.flight;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.put.BodyPlace;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Values of parameters that a client sends: collected as an IPC stream.
final class ParameterTarget implements PutTarget {
    private static final int MOST_BYTES = 16 << 20;
    private static final int CONTINUATION = -1;
    private static final int ALIGNMENT = 8;

    private final ByteArrayOutputStream stream = new ByteArrayOutputStream();
    private final UnaryOperator<byte[]> answer;

    /// @param answer makes of the IPC stream what is told to the client
    ParameterTarget(UnaryOperator<byte[]> answer) {
        this.answer = answer;
    }

    @Override
    public @Nullable BodyPlace begin(IpcMessage message) {
        checkLength(message.metadata().byteSize() + message.bodyBytes());
        return null;
    }

    @Override
    public void add(IpcMessage message, MemorySegment body) {
        checkLength(message.metadata().byteSize() + body.byteSize());
        byte[] metadata = message.metadata().toArray(ValueLayout.JAVA_BYTE);
        int padding = Math.floorMod(-metadata.length, ALIGNMENT);
        stream.writeBytes(
                ByteBuffer.allocate(2 * Integer.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(CONTINUATION)
                        .putInt(metadata.length + padding)
                        .array());
        stream.writeBytes(metadata);
        stream.writeBytes(new byte[padding]);
        stream.writeBytes(body.toArray(ValueLayout.JAVA_BYTE));
    }

    private void checkLength(long bytes) {
        if (stream.size() + bytes > MOST_BYTES) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "parameters are too long: most=" + MOST_BYTES + " bytes");
        }
    }

    @Override
    public byte[] finish() {
        return answer.apply(stream.toByteArray());
    }

    @Override
    public void close() {
        // memory only
    }
}
