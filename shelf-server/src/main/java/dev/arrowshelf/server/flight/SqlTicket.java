package dev.arrowshelf.server.flight;

import com.google.protobuf.ByteString;
import java.util.UUID;

/// A statement that is to be read, and a name of this one reading, by which it can be stopped.
///
/// @param query the name: 36 letters, or nothing
/// @param handle the statement
record SqlTicket(String query, SqlHandle handle) {
    private static final byte MARK = 1;
    private static final int NAME_BYTES = 36;

    /// Returns a ticket with a new name.
    static SqlTicket of(SqlHandle handle) {
        return new SqlTicket(UUID.randomUUID().toString(), handle);
    }

    /// Reads a ticket; a statement alone is one too.
    static SqlTicket parse(ByteString bytes) {
        boolean named = bytes.size() > NAME_BYTES && bytes.byteAt(0) == MARK;
        return named
                ? new SqlTicket(
                        bytes.substring(1, 1 + NAME_BYTES).toStringUtf8(),
                        SqlHandle.parse(bytes.substring(1 + NAME_BYTES)))
                : new SqlTicket("", SqlHandle.parse(bytes));
    }

    ByteString bytes() {
        return ByteString.copyFrom(new byte[] {MARK})
                .concat(ByteString.copyFromUtf8(query))
                .concat(handle.bytes());
    }
}
