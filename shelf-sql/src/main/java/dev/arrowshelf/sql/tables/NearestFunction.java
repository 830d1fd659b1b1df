package dev.arrowshelf.sql.tables;

/// The table function `nearest`: a macro around a name that no table of a shelf has, which holds
/// what the function was given.
public final class NearestFunction {
    /// The statement that makes the function.
    public static final String DEFINITION =
            """
            CREATE MACRO nearest(of_table, of_columns, queries, k, metric := 'l2', recall := 0, filter := '', index := 'auto') AS TABLE
            FROM query_table('"' || replace(chr(1) || 'nearest ' || to_json({'table': of_table, 'columns': of_columns, 'queries': queries,
                'k': k, 'metric': metric, 'recall': recall, 'filter': filter, 'index': index}), '"', '""') || '"');
            """;

    private static final String PREFIX = "\u0001nearest ";

    private NearestFunction() {}

    static boolean isOne(String name) {
        return name.startsWith(PREFIX);
    }

    static String wanted(String name) {
        return name.substring(PREFIX.length());
    }
}
