package dev.arrowshelf.store.ipc.metadata;

import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A private copy of one flatbuffer with checked access: a position is handed out only after
/// everything it stands for (table, vtable, vector, string) was found to lie inside the buffer and
/// to be aligned. Positions are indexes into the copy, 0 stands for absent.
///
/// Reading visits each table a bounded number of times, so a buffer whose tables refer to each
/// other many times over is refused instead of being unfolded. Little-endian. Not safe for use by
/// several threads while it is patched.
public final class MetadataBytes {
    /// Longest metadata that is accepted.
    public static final int MAX_BYTES = 64 << 20;

    private static final VarHandle SHORT = view(short[].class);
    private static final VarHandle INT = view(int[].class);
    private static final VarHandle LONG = view(long[].class);
    private static final int MIN_BYTES = 8;

    /// A table and the reference to it.
    private static final int SMALLEST_TABLE_BYTES = 8;

    /// Writers may share equal strings, but not so that checking them takes for ever.
    private static final int TEXT_FACTOR = 16;

    private final byte[] bytes;
    private final int size;
    private final int message;
    private int tablesLeft;
    private long textLeft;

    private MetadataBytes(byte[] bytes, int size, int message) {
        this.bytes = bytes;
        this.size = size;
        this.message = message;
        this.tablesLeft = size / SMALLEST_TABLE_BYTES;
        this.textLeft = TEXT_FACTOR * (long) size;
    }

    /// Copies a flatbuffer.
    ///
    /// @param message number of the message among those of its table, for errors; the schema
    ///   message is 0
    public static MetadataBytes copyOf(MemorySegment metadata, int message) {
        long length = metadata.byteSize();
        if (length < MIN_BYTES) {
            throw IpcFault.invalid(
                    "IPC metadata is too short: message=" + message + ", bytes=" + length);
        }
        if (length > MAX_BYTES) {
            throw IpcFault.unsupported(
                    "IPC metadata is too long: message="
                            + message
                            + ", bytes="
                            + length
                            + ", limit="
                            + MAX_BYTES);
        }
        byte[] copy = new byte[(int) length];
        MemorySegment.copy(metadata, ValueLayout.JAVA_BYTE, 0, copy, 0, copy.length);
        return new MetadataBytes(copy, copy.length, message);
    }

    /// Returns zero bytes to write a flatbuffer into.
    static MetadataBytes zeroed(int size) {
        return new MetadataBytes(new byte[size], size, 0);
    }

    /// Copies a flatbuffer with room for zero bytes behind it.
    public MetadataBytes withSpareBytes(int spareBytes) {
        return new MetadataBytes(
                Arrays.copyOf(bytes, size + spareBytes), size + spareBytes, message);
    }

    /// Returns the error for a message that is damaged or hostile.
    public ShelfException invalid(String fact) {
        return IpcFault.invalid(fact + ", message=" + message);
    }

    /// Returns the error for a well-formed message of a kind that is not supported.
    public ShelfException unsupported(String fact) {
        return IpcFault.unsupported(fact + ", message=" + message);
    }

    /// Returns the bytes of the flatbuffer.
    public int size() {
        return size;
    }

    /// Returns the array itself.
    public byte[] array() {
        return bytes;
    }

    /// Returns the root table.
    public int root() {
        return follow(0);
    }

    /// Returns the position of a scalar or struct of a table, 0 where the table has none.
    public int field(int table, int slot, int width) {
        int at = slotOffset(table, slot);
        if (at == 0) {
            return 0;
        }
        int position = table + at;
        require(position, width, "field");
        if ((position & (width - 1)) != 0) {
            throw damaged("field is not aligned", position);
        }
        return position;
    }

    /// Returns an unsigned byte of a table.
    public int byteOf(int table, int slot, int absent) {
        int at = field(table, slot, 1);
        return at == 0 ? absent : bytes[at] & 0xff;
    }

    /// Returns a 16-bit number of a table.
    public int shortOf(int table, int slot, int absent) {
        int at = field(table, slot, 2);
        return at == 0 ? absent : (short) SHORT.get(bytes, at);
    }

    /// Returns a 32-bit number of a table.
    public int intOf(int table, int slot, int absent) {
        int at = field(table, slot, 4);
        return at == 0 ? absent : intAt(at);
    }

    /// Returns a 64-bit number of a table.
    public long longOf(int table, int slot, long absent) {
        int at = field(table, slot, 8);
        return at == 0 ? absent : longAt(at);
    }

    /// Returns a table that a table refers to, 0 where it refers to none.
    public int child(int table, int slot) {
        int at = field(table, slot, 4);
        return at == 0 ? 0 : follow(at);
    }

    /// Returns a vector that a table refers to (the position of its count), 0 where there is none.
    public int vector(int table, int slot, int elementBytes) {
        int at = field(table, slot, 4);
        if (at == 0) {
            return 0;
        }
        int vector = target(at);
        long count = intAt(vector) & 0xffff_ffffL;
        if (count * elementBytes > size - vector - 4L) {
            throw damaged("vector is longer than the metadata: count=" + count, vector);
        }
        return vector;
    }

    /// Returns the number of elements of a vector; an absent one has none.
    public int count(int vector) {
        return vector == 0 ? 0 : intAt(vector);
    }

    /// Returns the table at an index of a vector of tables.
    public int tableIn(int vector, int index) {
        return follow(vector + 4 + 4 * index);
    }

    /// Checks a string of a table and returns its position (of its length), 0 where there is none.
    public int string(int table, int slot) {
        int at = vector(table, slot, 1);
        if (at != 0) {
            int end = at + 4 + intAt(at);
            if (end >= size || bytes[end] != 0) {
                throw damaged("string does not end in a zero byte", at);
            }
        }
        return at;
    }

    /// Checks a string of a table that readers decode, so that it must be UTF-8.
    public int text(int table, int slot) {
        int at = string(table, slot);
        if (at != 0) {
            int length = intAt(at);
            textLeft -= length;
            if (textLeft < 0) {
                throw damaged("metadata has more text than it has room for", at);
            }
            if (!Utf8Text.isValid(bytes, at + 4, length)) {
                throw damaged("string is not UTF-8: stringBytes=" + length, at);
            }
        }
        return at;
    }

    /// Returns the text of a string that [#string] checked; bytes that are not UTF-8 are replaced.
    public String decode(int string) {
        return decode(string, Integer.MAX_VALUE);
    }

    /// Returns the first bytes of a string as text.
    public String decode(int string, int mostBytes) {
        return string == 0
                ? ""
                : new String(
                        bytes,
                        string + 4,
                        Math.min(intAt(string), mostBytes),
                        StandardCharsets.UTF_8);
    }

    /// Checks a vector of key-value pairs. Keys are text; values may be any bytes, as some
    /// libraries have it.
    public void keyValues(int table, int slot) {
        int vector = vector(table, slot, 4);
        for (int i = 0; i < count(vector); i++) {
            int pair = tableIn(vector, i);
            if (text(pair, 0) == 0 || string(pair, 1) == 0) {
                throw damaged("custom metadata lacks a key or value", pair);
            }
        }
    }

    /// Returns whether a vector of key-value pairs, which [#keyValues] checked, has this ASCII key.
    public boolean hasKey(int table, int slot, String key) {
        int vector = vector(table, slot, 4);
        for (int i = 0; i < count(vector); i++) {
            int string = string(tableIn(vector, i), 0);
            if (intAt(string) == key.length() && decode(string).equals(key)) {
                return true;
            }
        }
        return false;
    }

    /// Returns 32 bits at a position that was handed out before.
    public int intAt(int at) {
        return (int) INT.get(bytes, at);
    }

    /// Returns 64 bits at a position that was handed out before.
    public long longAt(int at) {
        return (long) LONG.get(bytes, at);
    }

    /// Overwrites 16 bits.
    public void putShort(int at, int value) {
        SHORT.set(bytes, at, (short) value);
    }

    /// Overwrites 32 bits.
    public void putInt(int at, int value) {
        INT.set(bytes, at, value);
    }

    /// Overwrites 64 bits.
    public void putLong(int at, long value) {
        LONG.set(bytes, at, value);
    }

    /// Returns the position of a table's vtable.
    int vtable(int table) {
        return table - intAt(table);
    }

    /// Returns the length of a table's vtable.
    int vtableBytes(int table) {
        return unsignedShort(vtable(table));
    }

    private int slotOffset(int table, int slot) {
        int vtable = vtable(table);
        int entry = 4 + 2 * slot;
        return entry + 2 <= unsignedShort(vtable) ? unsignedShort(vtable + entry) : 0;
    }

    private int follow(int at) {
        int table = target(at);
        if (--tablesLeft < 0) {
            throw damaged("metadata has more tables than it has room for", at);
        }
        long vtable = (long) table - intAt(table);
        if (vtable < 0 || vtable > size - 4L || (vtable & 1) != 0) {
            throw damaged("vtable lies outside the metadata: vtable=" + vtable, table);
        }
        int vtableBytes = unsignedShort((int) vtable);
        if (vtableBytes < 4 || (vtableBytes & 1) != 0 || vtable + vtableBytes > size) {
            throw damaged("vtable has an impossible length: vtableBytes=" + vtableBytes, table);
        }
        return table;
    }

    private int target(int at) {
        require(at, 4, "offset");
        long target = at + (intAt(at) & 0xffff_ffffL);
        if (target > size - 4L || target <= at || (target & 3) != 0) {
            throw damaged("offset points outside the metadata: target=" + target, at);
        }
        return (int) target;
    }

    private void require(int at, int width, String what) {
        if (at < 0 || at > size - width) {
            throw damaged(what + " lies outside the metadata", at);
        }
    }

    private int unsignedShort(int at) {
        return (short) SHORT.get(bytes, at) & 0xffff;
    }

    private ShelfException damaged(String fact, int at) {
        return invalid("IPC metadata is damaged, " + fact + ", position=" + at + ", bytes=" + size);
    }

    private static VarHandle view(Class<?> array) {
        return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN);
    }
}
