package dev.arrowshelf.sql.arrow;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The structures of the Arrow C data interface as they lie in memory on 64-bit machines.
///
/// ```
/// ArrowSchema                       ArrowArray
///  0 format     (text)               0 length
///  8 name       (text)               8 null count
/// 16 metadata                       16 offset
/// 24 flags                          24 number of buffers
/// 32 number of children             32 number of children
/// 40 children                       40 buffers
/// 48 dictionary                     48 children
/// 56 release                        56 dictionary
/// 64 private data                   64 release
///                                   72 private data
/// ```
final class CArrow {
    static final long SCHEMA_BYTES = 72;
    static final long ARRAY_BYTES = 80;
    static final long POINTER_BYTES = 8;

    static final long SCHEMA_FORMAT = 0;
    static final long SCHEMA_NAME = 8;
    static final long SCHEMA_METADATA = 16;
    static final long SCHEMA_FLAGS = 24;
    static final long SCHEMA_CHILD_COUNT = 32;
    static final long SCHEMA_CHILDREN = 40;
    static final long SCHEMA_DICTIONARY = 48;
    static final long SCHEMA_RELEASE = 56;

    static final long ARRAY_LENGTH = 0;
    static final long ARRAY_NULLS = 8;
    static final long ARRAY_OFFSET = 16;
    static final long ARRAY_BUFFER_COUNT = 24;
    static final long ARRAY_CHILD_COUNT = 32;
    static final long ARRAY_BUFFERS = 40;
    static final long ARRAY_CHILDREN = 48;
    static final long ARRAY_DICTIONARY = 56;
    static final long ARRAY_RELEASE = 64;

    private CArrow() {}

    static void put(MemorySegment structure, long field, long value) {
        structure.set(ValueLayout.JAVA_LONG, field, value);
    }

    static void put(MemorySegment structure, long field, MemorySegment pointer) {
        structure.set(ValueLayout.ADDRESS, field, pointer);
    }
}
