package dev.arrowshelf.sql.session;

import dev.arrowshelf.sql.duckdb.ApiFunction;
import dev.arrowshelf.sql.duckdb.Call;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// The types that DuckDB finds for a statement without running it.
///
/// @param columns of its result
/// @param parameters in order
/// @param tables the generation of each table by its name in the statement; empty when the types
///   hold for now only
public record StatementTypes(
        List<Typed> columns, List<Typed> parameters, Optional<Map<List<String>, Long>> tables) {
    private static final Set<String> UNTYPED =
            Set.of(
                    "UNKNOWN",
                    "\"NULL\"",
                    "NULL",
                    "SQLNULL",
                    "ANY",
                    "INTEGER_LITERAL",
                    "STRING_LITERAL");

    /// Copies the lists.
    public StatementTypes {
        columns = List.copyOf(columns);
        parameters = List.copyOf(parameters);
    }

    /// A name and a type as SQL writes it.
    public record Typed(String name, String type) {
        /// Returns a null of this type under this name.
        public String asNull() {
            String type = UNTYPED.contains(this.type) ? "NULL" : "NULL::" + this.type;
            return name.isEmpty() ? type : type + " AS \"" + name.replace("\"", "\"\"") + '"';
        }
    }

    /// Returns the parameters as columns that can be sent: each has a name, and a type that is not
    /// null.
    public List<Typed> namedParameters() {
        List<Typed> named = new ArrayList<>();
        for (Typed parameter : parameters) {
            String name = parameter.name();
            named.add(
                    new Typed(
                            name.isEmpty() ? Integer.toString(named.size() + 1) : name,
                            UNTYPED.contains(parameter.type()) ? "VARCHAR" : parameter.type()));
        }
        return named;
    }

    /// @param tables tells which tables the statement names, once it is bound
    static StatementTypes of(
            Call call,
            MemorySegment connection,
            MemorySegment statement,
            Supplier<Optional<Map<List<String>, Long>>> tables) {
        MemorySegment handles = call.allocate(2L * Long.BYTES);
        call.run(
                ApiFunction.STATEMENT_BIND,
                connection,
                statement,
                handles,
                handles.asSlice(Long.BYTES));
        MemorySegment columns = handles.get(ValueLayout.ADDRESS, 0);
        MemorySegment parameters = handles.get(ValueLayout.ADDRESS, Long.BYTES);
        try {
            return new StatementTypes(read(call, columns), read(call, parameters), tables.get());
        } finally {
            Call.destroy(ApiFunction.SCHEMA_DESTROY, columns);
            Call.destroy(ApiFunction.SCHEMA_DESTROY, parameters);
        }
    }

    private static List<Typed> read(Call call, MemorySegment schema) {
        List<Typed> all = new ArrayList<>();
        MemorySegment name = call.allocate(Call.TEXT_BYTES);
        long count = call.getLong(ApiFunction.SCHEMA_GET_COUNT, schema);
        for (long index = 0; index < count; index++) {
            MemorySegment type = call.get(ApiFunction.SCHEMA_GET_FIELD, schema, index, name);
            all.add(new Typed(Call.read(name), text(call, type)));
        }
        return all;
    }

    private static String text(Call call, MemorySegment type) {
        long length = call.getLong(ApiFunction.LOGICAL_TYPE_TO_TEXT, type, MemorySegment.NULL, 0L);
        MemorySegment text = call.allocate(length + 1);
        call.getLong(ApiFunction.LOGICAL_TYPE_TO_TEXT, type, text, length + 1);
        return text.getString(0);
    }
}
