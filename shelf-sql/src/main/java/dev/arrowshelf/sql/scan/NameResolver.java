package dev.arrowshelf.sql.scan;

import dev.arrowshelf.sql.duckdb.ApiFunction;
import dev.arrowshelf.sql.duckdb.Call;
import dev.arrowshelf.sql.duckdb.DuckDbLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers DuckDB's question what a name means that its own catalogue does not know, for one
/// connection: a scan of the table that the present query pins under it.
///
/// A connection runs one query at a time; names are asked for in the thread that plans it.
public final class NameResolver {
    /// DuckDB's function that repeats a value in so many rows.
    private static final String ONE_ROW = "repeat";

    private final TwinTables twins;
    private volatile @Nullable QuerySnapshot query;

    private NameResolver(TwinTables twins) {
        this.twins = twins;
    }

    /// Makes a resolver known to a connection, before the ones that would read files.
    ///
    /// @param twins what is read in place of a table, where there is such
    /// @param arena what the callback lives in: closed after the instance
    public static NameResolver register(MemorySegment connection, TwinTables twins, Arena arena) {
        NameResolver resolver = new NameResolver(twins);
        try (Call call = new Call()) {
            MemorySegment factory = call.get(ApiFunction.CONNECTION_GET_FACTORY, connection);
            MemorySegment scan = call.get(ApiFunction.REPLACEMENT_SCAN_CREATE, factory);
            try {
                call.run(
                        ApiFunction.REPLACEMENT_SCAN_SET_CALLBACK,
                        scan,
                        DuckDbLibrary.callback(resolver::resolve, arena));
                call.run(ApiFunction.CONNECTION_REGISTER_REPLACEMENT_SCAN, connection, scan);
            } finally {
                Call.destroy(ApiFunction.REPLACEMENT_SCAN_DESTROY, scan);
            }
        }
        return resolver;
    }

    /// Names mean the tables of this query from now on; null between queries.
    public void use(@Nullable QuerySnapshot snapshot) {
        query = snapshot;
    }

    private void resolve(MemorySegment info, MemorySegment context, MemorySegment error) {
        try (Call call = new Call()) {
            QuerySnapshot present = query;
            if (present == null) {
                return;
            }
            try {
                List<String> name = name(call, info);
                String facts = present.facts(name);
                if (facts != null) {
                    tell(call, info, context, facts);
                    return;
                }
                PinnedTable table = present.pin(name);
                if (table != null) {
                    claim(call, info, context, present, table);
                }
            } catch (RuntimeException failure) {
                present.fail(failure);
                throw failure;
            }
        } catch (Throwable failure) {
            ScanFunction.report(error, failure);
        }
    }

    private static List<String> name(Call call, MemorySegment info) {
        MemorySegment name = call.get(ApiFunction.REPLACEMENT_SCAN_GET_NAME, info);
        try {
            long count = call.getLong(ApiFunction.QNAME_GET_PART_COUNT, name);
            List<String> parts = new ArrayList<>();
            for (long i = 0; i < count; i++) {
                parts.add(call.getText(ApiFunction.QNAME_GET_PART, name, i));
            }
            return parts;
        } finally {
            Call.destroy(ApiFunction.QNAME_DESTROY, name);
        }
    }

    /// A system table is one row of one text to DuckDB; the function around it takes that apart.
    private static void tell(Call call, MemorySegment info, MemorySegment context, String facts) {
        MemorySegment function = call.get(ApiFunction.QNAME_CREATE, call.text(ONE_ROW), 1L);
        MemorySegment factory = call.get(ApiFunction.CONTEXT_GET_FACTORY, context);
        MemorySegment text = call.get(ApiFunction.VALUE_CREATE_VARCHAR, factory, call.text(facts));
        MemorySegment once = call.get(ApiFunction.VALUE_CREATE_BIGINT, factory, 1L);
        try {
            call.run(ApiFunction.REPLACEMENT_SCAN_SET_FUNCTION_NAME, info, function);
            call.run(ApiFunction.REPLACEMENT_SCAN_ADD_ARGUMENT, info, text);
            call.run(ApiFunction.REPLACEMENT_SCAN_ADD_ARGUMENT, info, once);
        } finally {
            Call.destroy(ApiFunction.VALUE_DESTROY, once);
            Call.destroy(ApiFunction.VALUE_DESTROY, text);
            Call.destroy(ApiFunction.QNAME_DESTROY, function);
        }
    }

    private void claim(
            Call call,
            MemorySegment info,
            MemorySegment context,
            QuerySnapshot present,
            PinnedTable table) {
        TwinTables.Copy copy = twins.find(table.table());
        if (copy != null) {
            present.atEnd(copy.release());
            call.run(ApiFunction.REPLACEMENT_SCAN_SET_SUBQUERY, info, call.text(copy.select()));
            return;
        }
        if (table.columnsBefore() > 0) {
            String select = ScanFunction.select(table.ticket());
            call.run(ApiFunction.REPLACEMENT_SCAN_SET_SUBQUERY, info, call.text(select));
            return;
        }
        MemorySegment function =
                call.get(ApiFunction.QNAME_CREATE, call.text(ScanFunction.NAME), 1L);
        MemorySegment factory = call.get(ApiFunction.CONTEXT_GET_FACTORY, context);
        MemorySegment ticket = call.get(ApiFunction.VALUE_CREATE_BIGINT, factory, table.ticket());
        try {
            call.run(ApiFunction.REPLACEMENT_SCAN_SET_FUNCTION_NAME, info, function);
            call.run(ApiFunction.REPLACEMENT_SCAN_ADD_ARGUMENT, info, ticket);
        } finally {
            Call.destroy(ApiFunction.VALUE_DESTROY, ticket);
            Call.destroy(ApiFunction.QNAME_DESTROY, function);
        }
    }
}
