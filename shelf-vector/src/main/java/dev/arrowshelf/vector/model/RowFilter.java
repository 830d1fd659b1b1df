package dev.arrowshelf.vector.model;

/// Which rows of the table a search may answer with. Applied inside the search: the k nearest of
/// the rows that pass.
public sealed interface RowFilter {
    /// Every row.
    RowFilter ALL = new All();

    /// The rows in which a boolean column is true.
    static RowFilter column(String name) {
        return new Column(name);
    }

    /// The rows with these numbers; any order, repetitions do not matter.
    static RowFilter rows(long[] numbers) {
        return new Rows(numbers);
    }

    /// Every row.
    record All() implements RowFilter {}

    /// Rows in which a boolean column is true; null is not true.
    ///
    /// @param name the column
    record Column(String name) implements RowFilter {}

    /// Rows by number.
    final class Rows implements RowFilter {
        private final long[] numbers;

        private Rows(long[] numbers) {
            this.numbers = numbers.clone();
        }

        /// Returns a copy of the numbers.
        public long[] numbers() {
            return numbers.clone();
        }
    }
}
