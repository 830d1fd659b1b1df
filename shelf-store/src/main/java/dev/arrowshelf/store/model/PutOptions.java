package dev.arrowshelf.store.model;

/// How one table is put.
///
/// @param partitionRows greatest number of rows of a partition; 0 is no limit
/// @param partitionBytes greatest number of bytes of a partition; 0 is no limit
/// @param replace whether a table with the same key is replaced; otherwise the put fails with
///   `ALREADY_EXISTS`
/// @param validateUtf8 whether text columns are checked to be UTF-8
public record PutOptions(
        long partitionRows, long partitionBytes, boolean replace, boolean validateUtf8) {
    /// One partition, replacing, text not checked.
    public static final PutOptions DEFAULT = new PutOptions(0, 0, true, false);

    /// Checks the limits.
    public PutOptions {
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
        return new PutOptions(rows, bytes, replace, validateUtf8);
    }

    /// Returns a copy that replaces an existing table, or fails.
    public PutOptions withReplace(boolean allowed) {
        return new PutOptions(partitionRows, partitionBytes, allowed, validateUtf8);
    }

    /// Returns a copy that checks text columns, or not.
    public PutOptions withUtf8Validation(boolean checked) {
        return new PutOptions(partitionRows, partitionBytes, replace, checked);
    }
}
