package dev.arrowshelf.sql.session;

import dev.arrowshelf.sql.duckdb.Call;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;

/// Tells statements whose rows depend on their tables alone.
final class RepeatableText {
    /// Names of DuckDB's functions and keywords whose values change by themselves, or that run text
    /// which is not looked at.
    private static final Set<String> CHANGING =
            Set.of(
                    "age",
                    "ago",
                    "currval",
                    "error",
                    "gen_random_uuid",
                    "get_current_time",
                    "get_current_timestamp",
                    "getvariable",
                    "in_search_path",
                    "json_execute_serialized_sql",
                    "localtime",
                    "localtimestamp",
                    "nextval",
                    "now",
                    "query",
                    "random",
                    "reservoir_quantile",
                    "sample",
                    "setseed",
                    "setval",
                    "sleep_ms",
                    "stats",
                    "tablesample",
                    "today",
                    "transaction_timestamp",
                    "txid_current",
                    "uuid",
                    "uuidv4",
                    "uuidv7",
                    "vector_type",
                    "version",
                    "which_secret",
                    "write_log");

    private static final List<String> PREFIXES =
            List.of(
                    "current_",
                    "duckdb_",
                    "information_schema",
                    "pg_",
                    "pragma_",
                    "shelf_",
                    "show",
                    "sqlite_");

    private RepeatableText() {}

    /// Returns whether no word of a statement may mean something that changes by itself. A column
    /// may have such a name; then the statement is only asked again.
    static boolean is(Call call, MemorySegment connection, String sql) {
        return SqlTokens.of(call, connection, sql).stream()
                .map(token -> token.word().replace("\"", ""))
                .noneMatch(RepeatableText::changes);
    }

    private static boolean changes(String word) {
        return CHANGING.contains(word) || PREFIXES.stream().anyMatch(word::startsWith);
    }
}
