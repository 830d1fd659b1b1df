package dev.arrowshelf.store.publish;

/// Where a change of several steps may be cut short by the end of the process. Tests end it there;
/// otherwise nothing happens.
@FunctionalInterface
public interface CrashPoint {
    /// Goes on.
    CrashPoint NONE = _ -> {};

    /// The places between two steps, in the order in which a change reaches them.
    enum Step {
        SEGMENT_METADATA_WRITTEN,
        SEGMENT_SEALED,
        SEGMENTS_RENAMED,
        DESCRIPTOR_WRITTEN,
        DESCRIPTOR_RENAMED,
        RECORD_LIVE,
        RECORD_MOVED,
        SLOT_PUBLISHED,
        SLOT_MOVED,
        SLAB_STORED,
        RECORD_STORED,
        SLOT_STORED,
        SLOT_WITHDRAWN,
        CATALOGUE_CLEARED,
        TRUTH_REMOVED,
        SEGMENTS_DEAD,
        SPILL_WRITTEN,
        SPILL_NAMED,
        SPILL_SHOWN,
        RESTORE_SEALED,
        RESTORE_RENAMED,
        RESTORE_SHOWN,
        PERSIST_PART_WRITTEN,
        PERSIST_PARTS_NAMED,
        PERSIST_MANIFEST_WRITTEN,
        PERSIST_MANIFEST_NAMED,
        PARQUET_PART_WRITTEN,
        PARQUET_WRITTEN,
        PARQUET_NAMED,
        PARQUET_ALONE,
        LOAD_SEALED,
        RECOVERY_DONE,
        CONTROL_INSTALLED
    }

    void reached(Step step);
}
