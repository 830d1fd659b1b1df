package dev.arrowshelf.server.flight;

import java.nio.charset.StandardCharsets;
import java.sql.DatabaseMetaData;
import java.sql.JDBCType;
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
/// @param code of JDBC
/// @param digits most digits, letters or bytes; 0: no limit
/// @param quote around literals; null: none
/// @param signed whether it has negative values
record SqlTypes(String name, JDBCType code, int digits, @Nullable String quote, boolean signed) {
    private static final String QUOTE = "'";
    private static final List<SqlTypes> ALL =
            List.of(
                    new SqlTypes("BOOLEAN", JDBCType.BOOLEAN, 1, null, false),
                    new SqlTypes("TINYINT", JDBCType.TINYINT, 3, null, true),
                    new SqlTypes("SMALLINT", JDBCType.SMALLINT, 5, null, true),
                    new SqlTypes("INTEGER", JDBCType.INTEGER, 10, null, true),
                    new SqlTypes("BIGINT", JDBCType.BIGINT, 19, null, true),
                    new SqlTypes("UTINYINT", JDBCType.SMALLINT, 3, null, false),
                    new SqlTypes("USMALLINT", JDBCType.INTEGER, 5, null, false),
                    new SqlTypes("UINTEGER", JDBCType.BIGINT, 10, null, false),
                    new SqlTypes("FLOAT", JDBCType.REAL, 7, null, true),
                    new SqlTypes("DOUBLE", JDBCType.DOUBLE, 15, null, true),
                    new SqlTypes("DECIMAL", JDBCType.DECIMAL, 38, null, true),
                    new SqlTypes("VARCHAR", JDBCType.VARCHAR, 0, QUOTE, false),
                    new SqlTypes("BLOB", JDBCType.VARBINARY, 0, QUOTE, false),
                    new SqlTypes("DATE", JDBCType.DATE, 10, QUOTE, false),
                    new SqlTypes("TIME", JDBCType.TIME, 15, QUOTE, false),
                    new SqlTypes("TIMESTAMP", JDBCType.TIMESTAMP, 26, QUOTE, false),
                    new SqlTypes(
                            "TIMESTAMP WITH TIME ZONE",
                            JDBCType.TIMESTAMP_WITH_TIMEZONE,
                            32,
                            QUOTE,
                            false));

    /// Writes the types, or those of a code, and returns how many they are.
    static int fill(VectorSchemaRoot root, OptionalInt code) {
        List<SqlTypes> shown =
                ALL.stream()
                        .filter(type -> code.isEmpty() || code.getAsInt() == type.number())
                        .sorted(Comparator.comparingInt(SqlTypes::number))
                        .toList();
        for (int row = 0; row < shown.size(); row++) {
            shown.get(row).write(root, row);
        }
        return shown.size();
    }

    private int number() {
        return code.getVendorTypeNumber();
    }

    private void write(VectorSchemaRoot root, int row) {
        text(root, "type_name", row, name);
        number(root, "data_type", row, number());
        number(root, "sql_data_type", row, number());
        if (digits > 0) {
            number(root, "column_size", row, digits);
        }
        if (quote != null) {
            text(root, "literal_prefix", row, quote);
            text(root, "literal_suffix", row, quote);
        }
        number(root, "nullable", row, DatabaseMetaData.typeNullable);
        number(root, "searchable", row, DatabaseMetaData.typeSearchable);
        flag(root, "case_sensitive", row, code == JDBCType.VARCHAR);
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
