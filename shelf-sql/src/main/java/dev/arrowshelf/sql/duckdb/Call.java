package dev.arrowshelf.sql.duckdb;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/// A few calls of the C API in a row: memory for their arguments, for what they give back, and for
/// their errors.
///
/// One thread. Owns its memory until [#close()]; handles that calls return are the caller's.
///
/// Errors: a call that DuckDB refuses throws [DuckDbException].
@SuppressWarnings("restricted") // this package is the border to native code
public final class Call implements AutoCloseable {
    /// Bytes of a text: address and length.
    public static final long TEXT_BYTES = 16;

    private static final long OPAQUE_BYTES = 24;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment slots = arena.allocate(2 * Long.BYTES, Long.BYTES);
    private final MemorySegment error = slots.asSlice(0, Long.BYTES);
    private final MemorySegment out = slots.asSlice(Long.BYTES, Long.BYTES);

    /// Returns zeroed memory that lives as long as this object.
    public MemorySegment allocate(long bytes) {
        return arena.allocate(bytes, Long.BYTES);
    }

    /// Returns a text as DuckDB takes it: address and length.
    public MemorySegment text(String text) {
        return bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /// Returns bytes as DuckDB takes them: address and length.
    public MemorySegment bytes(byte[] bytes) {
        MemorySegment content = arena.allocate(Math.max(1, bytes.length));
        MemorySegment.copy(bytes, 0, content, ValueLayout.JAVA_BYTE, 0, bytes.length);
        MemorySegment pair = arena.allocate(TEXT_BYTES, Long.BYTES);
        pair.set(ValueLayout.ADDRESS, 0, content);
        pair.set(ValueLayout.JAVA_LONG, Long.BYTES, bytes.length);
        return pair;
    }

    /// Returns texts one behind the other.
    public MemorySegment texts(Iterable<String> texts, int count) {
        MemorySegment all = arena.allocate(Math.max(1, count) * TEXT_BYTES, Long.BYTES);
        long position = 0;
        for (String text : texts) {
            all.asSlice(position, TEXT_BYTES).copyFrom(text(text));
            position += TEXT_BYTES;
        }
        return all;
    }

    /// Returns a text that ends with a zero byte.
    public MemorySegment terminated(String text) {
        return arena.allocateFrom(text, StandardCharsets.UTF_8);
    }

    /// Returns an array of addresses.
    public MemorySegment addresses(Iterable<MemorySegment> addresses, int count) {
        MemorySegment all = arena.allocate(Math.max(1, count) * (long) Long.BYTES, Long.BYTES);
        long position = 0;
        for (MemorySegment address : addresses) {
            all.set(ValueLayout.ADDRESS, position, address);
            position += Long.BYTES;
        }
        return all;
    }

    /// Returns a reference to a Java object as DuckDB keeps it; the object is let go, and closed,
    /// when DuckDB destroys the reference.
    public MemorySegment opaque(JavaObjects objects, AutoCloseable object) {
        MemorySegment opaque = arena.allocate(OPAQUE_BYTES, Long.BYTES);
        opaque.set(ValueLayout.JAVA_LONG, 0, objects.add(object));
        opaque.set(ValueLayout.ADDRESS, Long.BYTES, objects.destroyCallback());
        return opaque;
    }

    /// Calls a function.
    public void run(ApiFunction function, Object... arguments) {
        Object[] all = new Object[arguments.length + 1];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = error;
        error.set(ValueLayout.ADDRESS, 0, MemorySegment.NULL);
        int code = function.call(all);
        if (code != 0) {
            throw failure(code, error);
        }
    }

    /// Calls a function whose last parameter takes a result, and returns it as an address.
    public MemorySegment get(ApiFunction function, Object... arguments) {
        runWithResult(function, arguments);
        return out.get(ValueLayout.ADDRESS, 0);
    }

    /// Calls a function whose last parameter takes a result of 64 bits or less.
    public long getLong(ApiFunction function, Object... arguments) {
        runWithResult(function, arguments);
        return out.get(ValueLayout.JAVA_LONG, 0);
    }

    /// Calls a function whose last parameter takes a text, and copies that.
    public String getText(ApiFunction function, Object... arguments) {
        return new String(getBytes(function, arguments), StandardCharsets.UTF_8);
    }

    /// Calls a function whose last parameter takes bytes, and copies these.
    public byte[] getBytes(ApiFunction function, Object... arguments) {
        MemorySegment text = arena.allocate(TEXT_BYTES, Long.BYTES);
        Object[] all = new Object[arguments.length + 1];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = text;
        run(function, all);
        return readBytes(text);
    }

    /// Ends a handle; null is allowed.
    public static void destroy(ApiFunction function, MemorySegment handle) {
        if (handle.address() == 0) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment slot = arena.allocate(Long.BYTES, Long.BYTES);
            slot.set(ValueLayout.ADDRESS, 0, handle);
            function.call(slot);
        }
    }

    /// Returns so many bytes at an address that native code gave us.
    public static MemorySegment view(MemorySegment address, long bytes) {
        return address.reinterpret(bytes);
    }

    /// Copies a text out of DuckDB's memory.
    public static String read(MemorySegment pair) {
        return new String(readBytes(pair), StandardCharsets.UTF_8);
    }

    private static byte[] readBytes(MemorySegment pair) {
        long length = pair.get(ValueLayout.JAVA_LONG, Long.BYTES);
        return length == 0
                ? new byte[0]
                : pair.get(ValueLayout.ADDRESS, 0)
                        .reinterpret(length)
                        .toArray(ValueLayout.JAVA_BYTE);
    }

    /// Reports a failure to DuckDB from inside a callback; never throws. The text alone would be
    /// passed over, and the query would end early as if it had no more rows.
    ///
    /// @param errorSlot the last argument of the callback
    public static void report(MemorySegment errorSlot, int code, String text) {
        try (Call call = new Call()) {
            MemorySegment info = errorSlot.reinterpret(Long.BYTES).get(ValueLayout.ADDRESS, 0);
            ApiFunction.ERROR_INFO_SET_CODE.call(info, code);
            ApiFunction.ERROR_INFO_SET_TEXT.call(info, call.text(text));
        }
    }

    /// Takes the failure that a call left in its error slot.
    public static DuckDbException failure(int code, MemorySegment errorSlot) {
        MemorySegment info = errorSlot.get(ValueLayout.ADDRESS, 0);
        if (info.address() == 0) {
            return new DuckDbException(code, "no text");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(TEXT_BYTES, Long.BYTES);
            ApiFunction.ERROR_INFO_GET_TEXT.call(info, text, MemorySegment.NULL);
            return new DuckDbException(code, read(text));
        } finally {
            destroy(ApiFunction.ERROR_INFO_DESTROY, info);
            errorSlot.set(ValueLayout.ADDRESS, 0, MemorySegment.NULL);
        }
    }

    @Override
    public void close() {
        arena.close();
    }

    private void runWithResult(ApiFunction function, Object... arguments) {
        Object[] all = new Object[arguments.length + 1];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = out;
        out.set(ValueLayout.JAVA_LONG, 0, 0);
        run(function, all);
    }
}
