package dev.arrowshelf.memory;

/// What a directory was found to offer when it was probed.
///
/// @param tmpfs its files are memory
/// @param leases a write lease tells whether a file is in use; without it nothing is recycled
/// @param collapse pages of its files can be made huge by asking
/// @param populate pages can be made to exist through a mapping, with an error instead of a signal
/// @param capacityBytes size of the file system; [Long#MAX_VALUE] without a limit
public record DirectoryFeatures(
        boolean tmpfs, boolean leases, boolean collapse, boolean populate, long capacityBytes) {
    public DirectoryFeatures {
        if (capacityBytes < 0) {
            throw new IllegalArgumentException(
                    "capacity is negative: capacityBytes=" + capacityBytes);
        }
    }
}
