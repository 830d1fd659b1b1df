package dev.arrowshelf.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.sql.SqlEngine;
import dev.arrowshelf.sql.SqlResult;
import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.sql.tables.TableSource;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.table.OwnerPort;
import dev.arrowshelf.store.table.TableSpace;
import dev.arrowshelf.store.table.VectorSource;
import dev.arrowshelf.store.table.put.TablePutter;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.JDBCType;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlInfo;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlNullOrdering;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Flight SQL with the driver that JDBC tools use, asked what they ask.
final class FlightSqlJdbcIT {
    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private static final String MEMORY = "arrow.allocation.manager.type";

    private ServedShelf served;
    private Connection connection;

    /// The driver carries an arrow-java of its own, without the kind of memory that this JVM's is
    /// told to use.
    @BeforeAll
    static void letTheDriverChooseItsMemory() throws SQLException {
        new RootAllocator().close();
        String ours = System.clearProperty(MEMORY);
        System.setProperty("io.netty.noUnsafe", "false");
        try {
            DriverManager.getConnection("jdbc:arrow-flight-sql://localhost:1/?useEncryption=false")
                    .close(); // nobody is asked before the first statement
        } finally {
            if (ours != null) {
                System.setProperty(MEMORY, ours);
            }
        }
    }

    @BeforeEach
    void serve() throws SQLException {
        served = new ServedShelf(temporary.options());
        put(
                "orders",
                "select range as id, 'row ' || range as name, range / 4 as price from range(1000)");
        put("my-key", "select 1 as \"select\", date '2020-02-29' as day, null as nothing");
        connection =
                DriverManager.getConnection(
                        "jdbc:arrow-flight-sql://localhost:%d/?useEncryption=false"
                                .formatted(served.port()));
    }

    @AfterEach
    void stop() throws SQLException {
        connection.close();
        served.close();
    }

    private void put(String name, String sql) {
        try (TableSpace space = served.tables();
                TablePutter putter = new TablePutter(new OwnerPort(served.owner()));
                SqlEngine engine = SqlEngine.open(TableSource.of(space), SqlOptions.defaults());
                SqlResult rows = engine.query(sql)) {
            putter.put(name, VectorSource.of(rows.reader()), PutOptions.DEFAULT);
        }
    }

    @Test
    void statementsGiveRowsWithTheirTypes() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "select id, name, price, 1.25::decimal(9, 2) as d from orders where id >= 998 order by id")) {
            ResultSetMetaData columns = rows.getMetaData();
            assertThat(columns.getColumnCount()).isEqualTo(4);
            assertThat(columns.getColumnLabel(2)).isEqualTo("name");
            assertThat(JDBCType.valueOf(columns.getColumnType(1))).isEqualTo(JDBCType.BIGINT);
            assertThat(rows.next()).isTrue();
            assertThat(rows.getLong(1)).isEqualTo(998);
            assertThat(rows.getString(2)).isEqualTo("row 998");
            assertThat(rows.getDouble(3)).isEqualTo(249.5);
            assertThat(rows.getBigDecimal(4)).isEqualByComparingTo(new BigDecimal("1.25"));
            assertThat(rows.next()).isTrue();
            assertThat(rows.next()).isFalse();
        }
    }

    @Test
    void preparedStatementsTakeParametersOfTheirTypes() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "select count(*) from orders where id > ? and name <> ? and price < ?")) {
            ParameterMetaData parameters = statement.getParameterMetaData();
            assertThat(parameters.getParameterCount()).isEqualTo(3);
            assertThat(JDBCType.valueOf(parameters.getParameterType(1))).isEqualTo(JDBCType.BIGINT);
            for (long least : new long[] {10, 500}) {
                statement.setLong(1, least);
                statement.setString(2, "row 999");
                statement.setDouble(3, 1e9);
                try (ResultSet rows = statement.executeQuery()) {
                    assertThat(rows.next()).isTrue();
                    assertThat(rows.getLong(1)).isEqualTo(998 - least);
                }
            }
        }
        try (PreparedStatement statement =
                connection.prepareStatement("select ?::date + 1, ?, ?::int is null")) {
            statement.setDate(1, Date.valueOf("2024-02-28"));
            statement.setString(2, "Ключ");
            statement.setObject(3, null);
            try (ResultSet rows = statement.executeQuery()) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString(1)).startsWith("2024-02-29");
                assertThat(rows.getString(2)).isEqualTo("Ключ");
                assertThat(rows.getBoolean(3)).isTrue();
            }
        }
    }

    @Test
    void toolsFindTablesAndColumns() throws SQLException {
        DatabaseMetaData metadata = connection.getMetaData();
        assertThat(metadata.getDatabaseProductName()).isEqualTo("ArrowShelf");
        assertThat(metadata.isReadOnly()).isTrue();
        assertThat(metadata.getIdentifierQuoteString()).isEqualTo("\"");
        assertThat(column(metadata.getCatalogs(), "TABLE_CAT")).containsExactly("memory");
        assertThat(column(metadata.getSchemas(), "TABLE_SCHEM")).containsExactly("shelf");
        assertThat(column(metadata.getTableTypes(), "TABLE_TYPE")).containsExactly("TABLE");
        assertThat(column(metadata.getTables(null, null, "%", null), "TABLE_NAME"))
                .containsExactly("my-key", "orders");
        assertThat(
                        column(
                                metadata.getTables(
                                        "memory", "sh%", "ord_rs", new String[] {"TABLE"}),
                                "TABLE_NAME"))
                .containsExactly("orders");
        assertThat(column(metadata.getTables(null, null, "%", new String[] {"VIEW"}), "TABLE_NAME"))
                .isEmpty();
        assertThat(column(metadata.getColumns(null, "shelf", "orders", "%"), "COLUMN_NAME"))
                .containsExactly("id", "name", "price");
        assertThat(column(metadata.getColumns(null, "shelf", "orders", "%"), "DATA_TYPE"))
                .containsExactly("-5", "12", "8");
        assertThat(column(metadata.getPrimaryKeys(null, "shelf", "orders"), "COLUMN_NAME"))
                .isEmpty();
        assertThat(column(metadata.getImportedKeys(null, "shelf", "orders"), "FKTABLE_NAME"))
                .isEmpty();
    }

    @Test
    @SuppressWarnings("try") // closing may be interrupted, which ends the test as it should
    void typesAreListed() throws Exception {
        try (BufferAllocator allocator = new RootAllocator();
                FlightSqlClient client = new FlightSqlClient(served.client(allocator))) {
            Ticket ticket = client.getXdbcTypeInfo().getEndpoints().getFirst().getTicket();
            try (FlightStream types = client.getStream(ticket)) {
                assertThat(types.next()).isTrue();
                VectorSchemaRoot rows = types.getRoot();
                List<String> names = new ArrayList<>();
                for (int row = 0; row < rows.getRowCount(); row++) {
                    names.add(String.valueOf(rows.getVector("type_name").getObject(row)));
                }
                assertThat(names)
                        .contains("BIGINT", "VARCHAR", "TIMESTAMP")
                        .doesNotHaveDuplicates();
            }
        }
    }

    @Test
    @SuppressWarnings("try") // as above
    void theServerTellsWhatItCan() throws Exception {
        Map<Long, Object> told = new HashMap<>();
        try (BufferAllocator allocator = new RootAllocator();
                FlightSqlClient client = new FlightSqlClient(served.client(allocator))) {
            Ticket ticket = client.getSqlInfo(new SqlInfo[0]).getEndpoints().getFirst().getTicket();
            try (FlightStream rows = client.getStream(ticket)) {
                while (rows.next()) {
                    for (int row = 0; row < rows.getRoot().getRowCount(); row++) {
                        told.put(
                                ((Number) rows.getRoot().getVector(0).getObject(row)).longValue(),
                                String.valueOf(rows.getRoot().getVector(1).getObject(row)));
                    }
                }
            }
        }
        assertThat(told)
                .containsEntry(number(SqlInfo.FLIGHT_SQL_SERVER_NAME), "ArrowShelf")
                .containsEntry(number(SqlInfo.FLIGHT_SQL_SERVER_SQL), "true")
                .containsEntry(number(SqlInfo.FLIGHT_SQL_SERVER_BULK_INGESTION), "true")
                .containsEntry(number(SqlInfo.FLIGHT_SQL_SERVER_SUBSTRAIT), "false")
                .containsEntry(number(SqlInfo.SQL_DDL_TABLE), "false")
                .containsEntry(number(SqlInfo.SQL_IDENTIFIER_QUOTE_CHAR), "\"")
                .containsEntry(
                        number(SqlInfo.SQL_NULL_ORDERING),
                        "" + SqlNullOrdering.SQL_NULLS_SORTED_AT_END_VALUE);
        assertThat(first("select x from (values (null), (2), (1)) t(x) order by x")).isEqualTo("1");
    }

    private static long number(SqlInfo info) {
        return info.getNumber();
    }

    private String first(String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    @Test
    void listedNamesAreWhatSqlTakes() throws SQLException {
        try (ResultSet tables = connection.getMetaData().getTables(null, null, "%", null)) {
            while (tables.next()) {
                String name =
                        "\"%s\".\"%s\".\"%s\""
                                .formatted(
                                        tables.getString(1),
                                        tables.getString(2),
                                        tables.getString(3));
                try (Statement statement = connection.createStatement();
                        ResultSet rows = statement.executeQuery("select * from " + name)) {
                    assertThat(rows.next()).as(name).isTrue();
                }
            }
        }
    }

    @Test
    void errorsSayWhatIsWrong() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeQuery("select * from order"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("syntax error");
            assertThatThrownBy(() -> statement.executeQuery("select * from ordders"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("orders");
            assertThatThrownBy(() -> statement.executeQuery("create table x (i int)"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("only statements that read");
        }
        assertThat(connection.isValid(5)).isTrue();
    }

    @Test
    void aLargeResultComesWhole() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "select range as n, repeat('x', 40) as s from range(1000000)")) {
            long sum = 0;
            while (rows.next()) {
                sum += rows.getLong(1);
            }
            assertThat(sum).isEqualTo(499_999_500_000L);
        }
    }

    private static List<String> column(ResultSet rows, String name) throws SQLException {
        try (rows) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(name));
            }
            return values;
        }
    }
}
