package dev.arrowshelf.sql.duckdb;

import java.lang.foreign.MemorySegment;

/// Java code that DuckDB calls, from any of its threads. It must not throw: an exception that
/// leaves a callback ends the process.
public sealed interface Callback {
    /// Gets a handle, or a number of ours.
    @FunctionalInterface
    non-sealed interface OfHandle extends Callback {
        /// Is called by DuckDB.
        void call(MemorySegment handle);
    }

    /// Gets what a step of a query is about.
    @FunctionalInterface
    non-sealed interface OfInfo extends Callback {
        /// Is called by DuckDB.
        void call(MemorySegment info, MemorySegment context, MemorySegment error);
    }

    /// Gets what binding is about, in two parts.
    @FunctionalInterface
    non-sealed interface OfBinding extends Callback {
        /// Is called by DuckDB.
        void call(
                MemorySegment info,
                MemorySegment columns,
                MemorySegment context,
                MemorySegment error);
    }
}
