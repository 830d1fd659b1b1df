package dev.arrowshelf.server.flight;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/// The types of SQL as JDBC and ODBC tools ask for them.
///
/// @param name in SQL
/// @param code its number in JDBC and ODBC
/// @param digits most digits, letters or bytes; 0: no limit
/// @param quote around literals; null: none
/// @param signed whether it has negative values
record SqlTypes(String name, int code, int digits, @Nullable String quote, boolean signed) {
    private static final int VARCHAR = 12;
    private static final int NULLABLE = 1;
    private static final int SEARCHABLE = 3;
    private static final String QUOTE = "'";
    private static final List<SqlTypes> ALL =
            List.of(
                    new SqlTypes("BOOLEAN", 16, 1, null, false),
                    new SqlTypes("TINYINT", -6, 3, null, true),
                    new SqlTypes("SMALLINT", 5, 5, null, true),
                    new SqlTypes("INTEGER", 4, 10, null, true),
                    new SqlTypes("BIGINT", -5, 19, null, true),
                    new SqlTypes("UTINYINT", 5, 3, null, false),
                    new SqlTypes("USMALLINT", 4, 5, null, false),
                    new SqlTypes("UINTEGER", -5, 10, null, false),
                    new SqlTypes("FLOAT", 7, 7, null, true),
                    new SqlTypes("DOUBLE", 8, 15, null, true),
                    new SqlTypes("DECIMAL", 3, 38, null, true),
                    new SqlTypes("VARCHAR", 12, 0, QUOTE, false),
                    new SqlTypes("BLOB", -3, 0, QUOTE, false),
                    new SqlTypes("DATE", 91, 10, QUOTE, false),
                    new SqlTypes("TIME", 92, 15, QUOTE, false),
                    new SqlTypes("TIMESTAMP", 93, 26, QUOTE, false),
                    new SqlTypes("TIMESTAMP WITH TIME ZONE", 2014, 32, QUOTE, false));

    /// Writes the types, or those of a code, and returns how many they are.
    static int fill(VectorSchemaRoot root, OptionalInt code) {
        List<SqlTypes> shown =
                ALL.stream()
                        .filter(type -> code.isEmpty() || code.getAsInt() == type.code())
                        .sorted(Comparator.comparingInt(SqlTypes::code))
                        .toList();
        for (int row = 0; row < shown.size(); row++) {
            shown.get(row).write(root, row);
        }
        return shown.size();
    }

    private void write(VectorSchemaRoot root, int row) {
        text(root, "type_name", row, name);
        number(root, "data_type", row, code);
        number(root, "sql_data_type", row, code);
        if (digits > 0) {
            number(root, "column_size", row, digits);
        }
        if (quote != null) {
            text(root, "literal_prefix", row, quote);
            text(root, "literal_suffix", row, quote);
        }
        number(root, "nullable", row, NULLABLE);
        number(root, "searchable", row, SEARCHABLE);
        flag(root, "case_sensitive", row, code == VARCHAR);
        flag(root, "unsigned_attribute", row, !signed);
        flag(root, "fixed_prec_scale", row, false);
        flag(root, "auto_increment", row, false);
        text(root, "local_type_name", row, name);
    }

    private static void text(VectorSchemaRoot root, String column, int row, String value) {
        ((VarCharVector) root.getVector(column))
                .setSafe(row, value.getBytes(StandardCharsets.UTF_8));
    }

    private static void number(VectorSchemaRoot root, String column, int row, int value) {
        ((IntVector) root.getVector(column)).setSafe(row, value);
    }

    private static void flag(VectorSchemaRoot root, String column, int row, boolean value) {
        ((BitVector) root.getVector(column)).setSafe(row, value ? 1 : 0);
    }
}
