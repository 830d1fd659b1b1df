package dev.arrowshelf.store.model;

/// Which kernel features a shelf may use. Each is probed as well; what is off here is never used,
/// what does not work is never used either.
///
/// @param leases ask the kernel whether a segment is still mapped
/// @param recycle give pages of deleted segments back to the warm pool (needs leases)
/// @param collapse turn segments into huge pages
/// @param populate fault pages in by `MADV_POPULATE_WRITE` instead of `posix_fallocate`
public record KernelFeatures(boolean leases, boolean recycle, boolean collapse, boolean populate) {
    /// Everything that works is used.
    public static final KernelFeatures ALL = new KernelFeatures(true, true, true, true);

    /// The plain fallbacks only.
    public static final KernelFeatures NONE = new KernelFeatures(false, false, false, false);
}
