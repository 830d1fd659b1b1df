package dev.arrowshelf.sql.session;

import dev.arrowshelf.sql.duckdb.ApiFunction;
import dev.arrowshelf.sql.duckdb.Call;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;

/// Lets one reading statement through, and nothing else.
///
/// DuckDB's own lock keeps statements away from files, settings and extensions; this keeps them
/// from changing the instance that all queries share.
final class StatementGate {
    private static final int SELECT = 1;
    private static final int EXPLAIN = 14;
    private static final int MULTI = 27;
    private static final Set<String> READING =
            Set.of("pivot", "pivot_wider", "unpivot", "select", "from", "with", "(");
    private static final Set<String> CHANGING =
            Set.of(
                    "insert",
                    "update",
                    "delete",
                    "merge",
                    "create",
                    "copy",
                    "drop",
                    "alter",
                    "truncate",
                    "export",
                    "import",
                    "attach",
                    "call",
                    "set");
    private static final Set<String> OPTIONS = Set.of("analyze", "format");
    private static final List<String> TYPES =
            List.of(
                    "INVALID",
                    "SELECT",
                    "INSERT",
                    "UPDATE",
                    "CREATE",
                    "DELETE",
                    "PREPARE",
                    "EXECUTE",
                    "ALTER",
                    "TRANSACTION",
                    "COPY",
                    "ANALYZE",
                    "VARIABLE_SET",
                    "CREATE_FUNCTION",
                    "EXPLAIN",
                    "DROP",
                    "EXPORT",
                    "PRAGMA",
                    "VACUUM",
                    "CALL",
                    "SET",
                    "LOAD",
                    "RELATION",
                    "EXTENSION",
                    "LOGICAL_PLAN",
                    "ATTACH",
                    "DETACH",
                    "MULTI",
                    "COPY_DATABASE",
                    "UPDATE_EXTENSIONS",
                    "MERGE_INTO");

    private StatementGate() {}

    /// Parses a text and returns its statement. Errors: `INVALID_SQL` when there is none or more
    /// than one, `FORBIDDEN` when it does more than reading.
    static Statements admit(Call call, MemorySegment connection, String sql) {
        Statements statements = Statements.parse(call, connection, sql);
        try {
            check(call, connection, sql, statements);
            return statements;
        } catch (Throwable refused) {
            statements.close();
            throw refused;
        }
    }

    private static void check(
            Call call, MemorySegment connection, String sql, Statements statements) {
        if (statements.all().size() != 1) {
            throw new ShelfException(
                    ErrorCode.INVALID_SQL,
                    "one statement at a time: statements=" + statements.all().size());
        }
        int type = type(call, statements.all().getFirst());
        switch (type) {
            case SELECT -> {}
            case EXPLAIN -> admit(call, connection, explained(call, connection, sql)).close();
            case MULTI -> checkPivot(SqlTokens.of(call, connection, sql));
            default -> throw refused(type);
        }
    }

    /// A pivot over values that are not listed is several statements to DuckDB, which make a type
    /// of the values first. It may stand in any statement, so this must be one that reads.
    private static void checkPivot(List<SqlTokens.Token> tokens) {
        boolean reads = !tokens.isEmpty() && READING.contains(tokens.getFirst().word());
        boolean changes =
                tokens.stream()
                        .anyMatch(token -> token.isWord() && CHANGING.contains(token.word()));
        if (!reads || changes) {
            throw refused(MULTI);
        }
    }

    private static ShelfException refused(int type) {
        String name = type >= 0 && type < TYPES.size() ? TYPES.get(type) : "" + type;
        return new ShelfException(
                ErrorCode.FORBIDDEN, "only statements that read may run: statement=" + name);
    }

    /// Returns the statement behind `EXPLAIN`, `ANALYZE` and options in parentheses.
    private static String explained(Call call, MemorySegment connection, String sql) {
        List<SqlTokens.Token> tokens = SqlTokens.of(call, connection, sql);
        int next = 1;
        if (next < tokens.size() && tokens.get(next).word().equals("analyze")) {
            next++;
        }
        if (next + 1 < tokens.size()
                && tokens.get(next).word().equals("(")
                && OPTIONS.contains(tokens.get(next + 1).word())) {
            while (next < tokens.size() && !tokens.get(next).word().contains(")")) {
                next++;
            }
            next++;
        }
        return next < tokens.size() ? SqlTokens.from(sql, tokens.get(next)) : "";
    }

    /// Returns whether DuckDB makes several statements of this one when it runs.
    static boolean isGroup(Call call, MemorySegment statement) {
        return type(call, statement) == MULTI;
    }

    /// Returns whether a statement gives rows, and neither a plan nor several statements.
    static boolean isSelect(Call call, MemorySegment statement) {
        return type(call, statement) == SELECT;
    }

    static int type(Call call, MemorySegment statement) {
        return (int) call.getLong(ApiFunction.SQL_STATEMENT_GET_TYPE, statement);
    }
}
