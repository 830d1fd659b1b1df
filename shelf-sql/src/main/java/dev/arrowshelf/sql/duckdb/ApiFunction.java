package dev.arrowshelf.sql.duckdb;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The functions of DuckDB's C API that are called; the symbol of each is its name in lower case
/// behind `duckdb_v2_`. All return an error code, 0 for success.
///
/// The parameters are one letter each: `p` pointer, `j` 64 bits, `i` 32 bits, `z` boolean, `d`
/// double. A last parameter for the error follows, except for functions that end a handle.
public enum ApiFunction {
    LIBRARY_VERSION("p", Ending.NO_ERROR),

    ENVIRONMENT_CREATE("p"),
    ENVIRONMENT_DESTROY,
    INSTANCE_CREATE_WITH_OPTIONS("pppjp"),
    INSTANCE_ATTACH("ppppz"),
    INSTANCE_DESTROY,
    CONNECTION_CREATE("pp"),
    CONNECTION_DESTROY,
    CONNECTION_GET_FACTORY("pp"),
    CONTEXT_GET_FACTORY("pp"),
    CONNECTION_INTERRUPT("p"),
    CONNECTION_PROGRESS_GET("pppp"),
    CONNECTION_REGISTER_TABLE_FUNCTION("pp"),
    CONNECTION_REGISTER_REPLACEMENT_SCAN("pp"),

    ERROR_INFO_GET_TEXT("pp"),
    ERROR_INFO_SET_CODE("pi", Ending.NO_ERROR),
    ERROR_INFO_SET_TEXT("pp", Ending.NO_ERROR),
    ERROR_INFO_DESTROY,

    PARSE_SQL("ppp"),
    STATEMENT_ITERATOR_NEXT("pp"),
    STATEMENT_ITERATOR_DESTROY,
    SQL_STATEMENT_GET_TYPE("pp"),
    SQL_STATEMENT_DESTROY,
    STATEMENT_EXECUTE_ARROW("ppppjjp"),
    STATEMENT_BIND("pppp"),
    TOKENIZE_SQL("ppp"),
    TOKEN_ITERATOR_NEXT("pppp"),
    TOKEN_ITERATOR_DESTROY,
    ARROW_RESULT_GET_SCHEMA("pp"),
    ARROW_RESULT_FETCH_ARRAY("pp"),
    ARROW_RESULT_DESTROY,

    FACTORY_CREATE_TYPE_FROM_TEXT("ppp"),
    LOGICAL_TYPE_TO_TEXT("ppjp"),
    LOGICAL_TYPE_DESTROY,
    SCHEMA_GET_COUNT("pp"),
    SCHEMA_GET_FIELD("pjpp"),
    SCHEMA_DESTROY,
    QNAME_CREATE("pjp"),
    QNAME_GET_PART_COUNT("pp"),
    QNAME_GET_PART("pjp"),
    QNAME_DESTROY,

    VALUE_CREATE_NULL("ppp"),
    VALUE_CREATE_LIST("pppjp"),
    VALUE_CAST("pppp"),
    VALUE_CREATE_BOOL("pzp"),
    VALUE_CREATE_BIGINT("pjp"),
    VALUE_CREATE_DOUBLE("pdp"),
    VALUE_CREATE_VARCHAR("ppp"),
    VALUE_CREATE_BLOB("ppp"),
    VALUE_GET_BIGINT("pp"),
    VALUE_GET_UBIGINT("pp"),
    VALUE_GET_DOUBLE("pp"),
    VALUE_GET_VARCHAR("pp"),
    VALUE_GET_BLOB("pp"),
    VALUE_GET_DATE("pp"),
    VALUE_GET_TIMESTAMP("pp"),
    VALUE_GET_TIMESTAMP_SEC("pp"),
    VALUE_GET_TIMESTAMP_MS("pp"),
    VALUE_GET_TIMESTAMP_NS("pp"),
    VALUE_GET_TIMESTAMP_TZ("pp"),
    VALUE_DESTROY,

    TABLE_FUNCTION_CREATE("pp"),
    TABLE_FUNCTION_DESTROY,
    TABLE_FUNCTION_SET_NAME("pp"),
    TABLE_FUNCTION_GET_SIGNATURE("pp"),
    FUNCTION_SIGNATURE_ADD_PARAMETER("ppppi"),
    TABLE_FUNCTION_SET_BIND_CALLBACK("pp"),
    TABLE_FUNCTION_SET_INIT_GLOBAL_CALLBACK("pp"),
    TABLE_FUNCTION_SET_INIT_LOCAL_CALLBACK("pp"),
    TABLE_FUNCTION_SET_EXEC_CALLBACK("pp"),
    TABLE_FUNCTION_SET_FILTER_PUSHDOWN_CALLBACK("pp"),
    TABLE_FUNCTION_SET_PARTITION_DATA_CALLBACK("pp"),
    TABLE_FUNCTION_SET_PROGRESS_CALLBACK("pp"),
    TABLE_FUNCTION_SET_PROJECTION_PUSHDOWN("pz"),
    FUNCTION_BIND_GET_ARG_VALUE("pjp"),
    FUNCTION_BIND_SET_BIND_DATA("pp"),
    TABLE_FUNCTION_BIND_ADD_RESULT_COLUMN("ppp"),
    TABLE_FUNCTION_BIND_SET_CARDINALITY("pjz"),
    TABLE_FUNCTION_INIT_GLOBAL_GET_BIND_DATA("pp"),
    TABLE_FUNCTION_INIT_GLOBAL_GET_COLUMN_COUNT("pp"),
    TABLE_FUNCTION_INIT_GLOBAL_GET_COLUMN_INDEX("pjp"),
    TABLE_FUNCTION_INIT_GLOBAL_SET_MAX_THREADS("pj"),
    TABLE_FUNCTION_INIT_GLOBAL_SET_GLOBAL_STATE("pp"),
    TABLE_FUNCTION_INIT_LOCAL_GET_GLOBAL_STATE("pp"),
    TABLE_FUNCTION_INIT_LOCAL_SET_LOCAL_STATE("pp"),
    TABLE_FUNCTION_EXEC_GET_GLOBAL_STATE("pp"),
    TABLE_FUNCTION_EXEC_GET_LOCAL_STATE("pp"),
    TABLE_FUNCTION_EXEC_GET_OUTPUT_CHUNK("pp"),
    TABLE_FUNCTION_PARTITION_DATA_GET_LOCAL_STATE("pp"),
    TABLE_FUNCTION_PARTITION_DATA_SET_BATCH_INDEX("pj"),
    TABLE_FUNCTION_PROGRESS_GET_GLOBAL_STATE("pp"),
    TABLE_FUNCTION_PROGRESS_SET_PROGRESS("pd"),
    TABLE_FUNCTION_FILTER_PUSHDOWN_GET_BIND_DATA("pp"),
    TABLE_FUNCTION_FILTER_PUSHDOWN_GET_FILTER_COUNT("pp"),
    TABLE_FUNCTION_FILTER_PUSHDOWN_GET_FILTER("pjp"),
    TABLE_FUNCTION_FILTER_PUSHDOWN_GET_COLUMN_INDEX("pjp"),
    EXPRESSION_GET_TYPE("pp"),
    EXPRESSION_GET_CHILD_COUNT("pp"),
    EXPRESSION_GET_CHILD("pjp"),
    EXPRESSION_COLUMN_REF_GET_INDEX("pp"),
    EXPRESSION_CONSTANT_GET_VALUE("pp"),
    EXPRESSION_FUNCTION_GET_NAME("pp"),

    REPLACEMENT_SCAN_CREATE("pp"),
    REPLACEMENT_SCAN_DESTROY,
    REPLACEMENT_SCAN_SET_CALLBACK("pp"),
    REPLACEMENT_SCAN_GET_NAME("pp"),
    REPLACEMENT_SCAN_SET_FUNCTION_NAME("pp"),
    REPLACEMENT_SCAN_ADD_ARGUMENT("pp"),
    REPLACEMENT_SCAN_SET_SUBQUERY("pp"),

    ARROW_IMPORTER_CREATE("ppjp"),
    ARROW_IMPORTER_GET_SCHEMA("pp"),
    ARROW_IMPORTER_APPEND("ppzz"),
    ARROW_IMPORTER_NEXT_CHUNK("pp"),
    ARROW_IMPORTER_DESTROY,
    DATA_CHUNK_GET_VECTOR("pjp"),
    DATA_CHUNK_GET_SIZE("pp"),
    DATA_CHUNK_DESTROY,
    VECTOR_REFERENCE("pp"),
    VECTOR_SET_SIZE("pj"),
    VECTOR_FLAT_GET_VALIDITY_MUTABLE("pp"),

    SCALAR_FUNCTION_CREATE("pp"),
    SCALAR_FUNCTION_DESTROY,
    SCALAR_FUNCTION_SET_NAME("pp"),
    SCALAR_FUNCTION_GET_SIGNATURE("pp"),
    SCALAR_FUNCTION_SET_EXEC_CALLBACK("pp"),
    SCALAR_FUNCTION_EXEC_GET_ROW_COUNT("pp"),
    SCALAR_FUNCTION_EXEC_GET_ARG("pip"),
    SCALAR_FUNCTION_EXEC_GET_RESULT("pp"),
    FUNCTION_SIGNATURE_SET_RETURN_TYPE("pp"),
    CONNECTION_REGISTER_SCALAR_FUNCTION("pp"),
    VECTOR_GET_VECTOR_TYPE("pp"),
    VECTOR_FLATTEN("p"),
    VECTOR_GET_VIEW("pp"),
    VECTOR_GET_DATA_MUTABLE("pp"),
    VECTOR_SET_NULL("pj"),
    VECTOR_SET_VALUE("pjp");

    private final MethodHandle handle;
    private final MethodHandle spread;

    ApiFunction(String parameters) {
        this(parameters, Ending.ERROR);
    }

    /// A function that ends a handle: takes the address of it.
    ApiFunction() {
        this("p", Ending.NO_ERROR);
    }

    ApiFunction(String parameters, Ending ending) {
        List<MemoryLayout> layouts = new ArrayList<>();
        parameters.chars().forEach(letter -> layouts.add(layout((char) letter)));
        if (ending == Ending.ERROR) {
            layouts.add(ValueLayout.ADDRESS);
        }
        this.handle =
                DuckDbLibrary.symbols()
                        .link(
                                "duckdb_v2_" + name().toLowerCase(Locale.ROOT),
                                FunctionDescriptor.of(
                                        ValueLayout.JAVA_INT,
                                        layouts.toArray(MemoryLayout[]::new)));
        this.spread =
                handle.asSpreader(Object[].class, layouts.size())
                        .asType(MethodType.methodType(int.class, Object[].class));
    }

    /// Returns the function for exact calls on the paths where time counts.
    public MethodHandle handle() {
        return handle;
    }

    /// Calls the function and returns its code.
    int call(Object... arguments) {
        try {
            return (int) spread.invokeExact(arguments);
        } catch (Throwable impossible) {
            throw new IllegalStateException("native call failed: function=" + this, impossible);
        }
    }

    private static MemoryLayout layout(char letter) {
        return switch (letter) {
            case 'p' -> ValueLayout.ADDRESS;
            case 'j' -> ValueLayout.JAVA_LONG;
            case 'i' -> ValueLayout.JAVA_INT;
            case 'z' -> ValueLayout.JAVA_BOOLEAN;
            case 'd' -> ValueLayout.JAVA_DOUBLE;
            default -> throw new IllegalArgumentException("unknown parameter: letter=" + letter);
        };
    }

    private enum Ending {
        ERROR,
        NO_ERROR
    }
}
