package dev.arrowshelf.sql.geometry;

import dev.arrowshelf.sql.duckdb.ApiFunction;
import dev.arrowshelf.sql.duckdb.Call;
import dev.arrowshelf.sql.duckdb.DuckDbException;
import dev.arrowshelf.sql.duckdb.DuckDbLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The functions about geometries as DuckDB calls them: many rows at a time, from any of its
/// threads.
///
/// Thread-safe. No callback throws into native code.
public final class GeometryFunctions {
    private static final System.Logger LOG = System.getLogger(GeometryFunctions.class.getName());
    private static final int INPUT_INVALID = 2001;
    private static final int POSITIONAL = 0;

    private GeometryFunctions() {}

    /// Makes the functions known to an instance through one of its connections.
    ///
    /// @param arena what the callbacks live in: closed after the instance
    public static void register(MemorySegment connection, Arena arena) {
        try (Call call = new Call()) {
            MemorySegment factory = call.get(ApiFunction.CONNECTION_GET_FACTORY, connection);
            for (GeometryFunction function : GeometryCatalogue.functions()) {
                register(call, connection, factory, function, arena);
            }
        }
    }

    /// Returns the statements that give the functions their usual names.
    public static String definitions() {
        Map<String, List<String>> byName =
                GeometryCatalogue.functions().stream()
                        .collect(
                                Collectors.groupingBy(
                                        GeometryFunction::name,
                                        LinkedHashMap::new,
                                        Collectors.mapping(
                                                GeometryFunction::macro, Collectors.toList())));
        StringBuilder text = new StringBuilder();
        byName.forEach((name, macros) ->
                text.append("CREATE MACRO ")
                        .append(name)
                        .append(String.join(", ", macros))
                        .append(";\n"));
        return text.toString();
    }

    private static void register(
            Call call,
            MemorySegment connection,
            MemorySegment factory,
            GeometryFunction function,
            Arena arena) {
        MemorySegment handle = call.get(ApiFunction.SCALAR_FUNCTION_CREATE, factory);
        try {
            call.run(
                    ApiFunction.SCALAR_FUNCTION_SET_NAME, handle, call.text(function.nativeName()));
            MemorySegment signature = call.get(ApiFunction.SCALAR_FUNCTION_GET_SIGNATURE, handle);
            for (int index = 0; index < function.parameters().size(); index++) {
                MemorySegment type = type(call, factory, function.parameters().get(index));
                call.run(
                        ApiFunction.FUNCTION_SIGNATURE_ADD_PARAMETER,
                        signature,
                        call.text("p" + index),
                        type,
                        MemorySegment.NULL,
                        POSITIONAL);
                Call.destroy(ApiFunction.LOGICAL_TYPE_DESTROY, type);
            }
            MemorySegment type = type(call, factory, function.result());
            call.run(ApiFunction.FUNCTION_SIGNATURE_SET_RETURN_TYPE, signature, type);
            Call.destroy(ApiFunction.LOGICAL_TYPE_DESTROY, type);
            call.run(
                    ApiFunction.SCALAR_FUNCTION_SET_EXEC_CALLBACK,
                    handle,
                    DuckDbLibrary.callback(
                            (info, context, error) -> execute(function, info, context, error),
                            arena));
            call.run(ApiFunction.CONNECTION_REGISTER_SCALAR_FUNCTION, connection, handle);
        } finally {
            Call.destroy(ApiFunction.SCALAR_FUNCTION_DESTROY, handle);
        }
    }

    private static MemorySegment type(
            Call call, MemorySegment factory, GeometryFunction.Kind kind) {
        return call.get(ApiFunction.FACTORY_CREATE_TYPE_FROM_TEXT, factory, call.text(kind.type()));
    }

    /// Called by DuckDB.
    private static void execute(
            GeometryFunction function,
            MemorySegment info,
            MemorySegment context,
            MemorySegment error) {
        try (Call call = new Call()) {
            int arguments = function.parameters().size();
            ColumnValues[] columns = new ColumnValues[arguments];
            Geometries[] geometries = new Geometries[arguments];
            for (int index = 0; index < arguments; index++) {
                MemorySegment vector =
                        call.get(ApiFunction.SCALAR_FUNCTION_EXEC_GET_ARG, info, index);
                columns[index] = ColumnValues.of(call, vector);
                geometries[index] = new Geometries();
            }
            long rows = call.getLong(ApiFunction.SCALAR_FUNCTION_EXEC_GET_ROW_COUNT, info);
            ResultVector result =
                    ResultVector.of(
                            call,
                            call.get(ApiFunction.SCALAR_FUNCTION_EXEC_GET_RESULT, info),
                            rows,
                            call.get(ApiFunction.CONTEXT_GET_FACTORY, context),
                            function.result());
            Row row = new Row(columns, geometries);
            for (long number = 0; number < rows; number++) {
                result.set(number, row.at(number) ? function.body().of(row) : null);
            }
        } catch (Throwable failure) {
            report(error, failure);
        }
    }

    private static void report(MemorySegment error, Throwable failure) {
        try {
            if (failure instanceof DuckDbException || failure instanceof Error) {
                LOG.log(System.Logger.Level.ERROR, "geometry function failed", failure);
            }
            Call.report(error, INPUT_INVALID, String.valueOf(failure.getMessage()));
        } catch (Throwable unreported) {
            LOG.log(System.Logger.Level.ERROR, "failure of a callback is lost", unreported);
        }
    }
}
