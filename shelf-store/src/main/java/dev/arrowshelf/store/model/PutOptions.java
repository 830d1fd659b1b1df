package dev.arrowshelf.store.model;

/// How one table is put.
///
/// @param partitionRows greatest number of rows of a partition; 0 is no limit
/// @param partitionBytes greatest number of bytes of a partition; 0 is no limit
/// @param replace whether a table with the same key is replaced; otherwise the put fails with
///   `ALREADY_EXISTS`
/// @param validateUtf8 whether text columns are checked to be UTF-8
/// @param encodeText whether text columns of few distinct values are stored as dictionaries; done
///   where the table is put, so owners that get messages ignore it
/// @param retention how long the table is kept, and what its putter says about it
/// @param expectedBytes about how long the first partition becomes, where nothing else says so; 0
///   when nothing is known
/// @param client who puts, for fair shares of the memory; empty for nobody in particular
public record PutOptions(
        long partitionRows,
        long partitionBytes,
        boolean replace,
        boolean validateUtf8,
        boolean encodeText,
        Retention retention,
        long expectedBytes,
        String client) {
    /// One partition, replacing, text not checked, kept as the shelf says.
    public static final PutOptions DEFAULT =
            new PutOptions(0, 0, true, false, false, Retention.DEFAULT, 0, "");

    /// Checks the limits.
    public PutOptions {
        if (expectedBytes < 0) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "expected length is negative: bytes=" + expectedBytes);
        }
        if (partitionRows < 0 || partitionBytes < 0) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "partition limit is negative: rows="
                            + partitionRows
                            + ", bytes="
                            + partitionBytes);
        }
    }

    /// Returns a copy with partition limits (0: no limit).
    public PutOptions withPartitions(long rows, long bytes) {
        return new PutOptions(
                rows, bytes, replace, validateUtf8, encodeText, retention, expectedBytes, client);
    }

    /// Returns a copy that replaces an existing table, or fails.
    public PutOptions withReplace(boolean allowed) {
        return new PutOptions(
                partitionRows,
                partitionBytes,
                allowed,
                validateUtf8,
                encodeText,
                retention,
                expectedBytes,
                client);
    }

    /// Returns a copy that checks text columns, or not.
    public PutOptions withUtf8Validation(boolean checked) {
        return new PutOptions(
                partitionRows,
                partitionBytes,
                replace,
                checked,
                encodeText,
                retention,
                expectedBytes,
                client);
    }

    /// Returns a copy that stores text of few distinct values as dictionaries, or not.
    public PutOptions withEncodedText(boolean encoded) {
        return new PutOptions(
                partitionRows,
                partitionBytes,
                replace,
                validateUtf8,
                encoded,
                retention,
                expectedBytes,
                client);
    }

    /// Returns a copy that is kept otherwise.
    public PutOptions withRetention(Retention kept) {
        return new PutOptions(
                partitionRows,
                partitionBytes,
                replace,
                validateUtf8,
                encodeText,
                kept,
                expectedBytes,
                client);
    }

    /// Returns a copy that begins with room for this many bytes, when there is some to spare.
    public PutOptions withExpectedBytes(long bytes) {
        return new PutOptions(
                partitionRows,
                partitionBytes,
                replace,
                validateUtf8,
                encodeText,
                retention,
                bytes,
                client);
    }

    /// Returns a copy of somebody else's.
    public PutOptions withClient(String putter) {
        return new PutOptions(
                partitionRows,
                partitionBytes,
                replace,
                validateUtf8,
                encodeText,
                retention,
                expectedBytes,
                putter);
    }
}
