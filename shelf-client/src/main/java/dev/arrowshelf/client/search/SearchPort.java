package dev.arrowshelf.client.search;

import java.util.List;

/// Has the owner of a shelf search vectors: warm code, and the indexes that it keeps. On the
/// owner's host what is searched with a handle of one's own is searched in place instead.
///
/// Thread rule: safe for several threads. Memory rule: owns its connections until [#close()].
///
/// Errors: what the owner answers; `UNAVAILABLE` when none does.
public interface SearchPort extends AutoCloseable {
    /// Returns the k nearest rows of each query.
    Nearest nearest(Wanted wanted, Queries queries, int k);

    /// Returns all rows within a distance of each query.
    Around within(Wanted wanted, Queries queries, double radius);

    @Override
    void close();

    /// What is searched, and how.
    ///
    /// @param table its name
    /// @param columns empty: as the table offers
    /// @param metric `l2`, `ip`, `cosine` or `haversine`
    /// @param index `auto`, `exact`, `kd`, `ivf` or `hnsw`
    /// @param recall 0: left to the index
    /// @param filter the rows that may be answered
    record Wanted(
            String table,
            List<String> columns,
            String metric,
            String index,
            double recall,
            Filter filter) {
        /// Copies the columns.
        public Wanted {
            columns = List.copyOf(columns);
        }
    }

    /// Which rows may be answered; applied inside the search.
    sealed interface Filter {
        /// Every row.
        record All() implements Filter {}

        /// Rows in which a boolean column is true.
        record Column(String name) implements Filter {}

        /// Rows by number; the array is not copied.
        @SuppressWarnings("ArrayRecordComponent")
        record Rows(long[] numbers) implements Filter {}

        /// Rows for which an expression of SQL over the table's columns is true.
        record Condition(String sql) implements Filter {}
    }

    /// What is searched for.
    sealed interface Queries {
        /// Vectors one after the other; the array is not copied.
        @SuppressWarnings("ArrayRecordComponent")
        record Vectors(double[] values, int dimensions) implements Queries {}

        /// The vectors of a table of the shelf.
        record Rows(String table) implements Queries {}
    }

    /// Distances and row numbers, place by place; the arrays are the reader's.
    final class Found {
        private final float[] distances;
        private final long[] ids;

        /// Takes over the arrays, which are of one length.
        public Found(float[] distances, long[] ids) {
            this.distances = distances;
            this.ids = ids;
        }

        /// Returns the distances.
        public float[] distances() {
            return distances;
        }

        /// Returns the row numbers, -1 for none.
        public long[] ids() {
            return ids;
        }
    }

    /// The nearest rows.
    ///
    /// @param facts how it went
    /// @param queries how many
    /// @param k places of each
    /// @param found all places
    record Nearest(OwnerFacts facts, int queries, int k, Found found) {}

    /// The rows within a distance.
    ///
    /// @param facts how it went
    /// @param starts where each query's places begin, and the end; not copied
    /// @param found all places
    @SuppressWarnings("ArrayRecordComponent")
    record Around(OwnerFacts facts, int[] starts, Found found) {}
}
