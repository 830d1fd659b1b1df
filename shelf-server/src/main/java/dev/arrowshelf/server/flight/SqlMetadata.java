package dev.arrowshelf.server.flight;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import dev.arrowshelf.server.flight.message.FlightMessage;
import dev.arrowshelf.server.flight.message.GivenMessages;
import dev.arrowshelf.server.flight.message.MessageSource;
import dev.arrowshelf.server.flight.message.SchemaMessage;
import dev.arrowshelf.server.sql.SqlService;
import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.TableSpace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.apache.arrow.flight.FlightProducer.ServerStreamListener;
import org.apache.arrow.flight.sql.FlightSqlProducer.Schemas;
import org.apache.arrow.flight.sql.SqlInfoBuilder;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// What Flight SQL clients ask about the server: catalogues, schemas, tables, abilities. All tables
/// are in the schema `shelf` of the catalogue `memory`; `shelf."name"` is what SQL accepts.
///
/// Thread-safe; borrows the table space and the SQL service.
final class SqlMetadata {
    static final String CATALOG = "memory";
    static final String SCHEMA = "shelf";
    private static final String TABLE = "TABLE";
    private static final Map<Class<? extends Message>, Schema> SCHEMAS =
            Map.ofEntries(
                    Map.entry(FlightSql.CommandGetCatalogs.class, Schemas.GET_CATALOGS_SCHEMA),
                    Map.entry(FlightSql.CommandGetDbSchemas.class, Schemas.GET_SCHEMAS_SCHEMA),
                    Map.entry(FlightSql.CommandGetTableTypes.class, Schemas.GET_TABLE_TYPES_SCHEMA),
                    Map.entry(FlightSql.CommandGetSqlInfo.class, Schemas.GET_SQL_INFO_SCHEMA),
                    Map.entry(FlightSql.CommandGetXdbcTypeInfo.class, Schemas.GET_TYPE_INFO_SCHEMA),
                    Map.entry(
                            FlightSql.CommandGetPrimaryKeys.class, Schemas.GET_PRIMARY_KEYS_SCHEMA),
                    Map.entry(
                            FlightSql.CommandGetExportedKeys.class,
                            Schemas.GET_EXPORTED_KEYS_SCHEMA),
                    Map.entry(
                            FlightSql.CommandGetImportedKeys.class,
                            Schemas.GET_IMPORTED_KEYS_SCHEMA),
                    Map.entry(
                            FlightSql.CommandGetCrossReference.class,
                            Schemas.GET_CROSS_REFERENCE_SCHEMA));

    private final TableSpace space;
    private final SqlService sql;
    private final SqlInfoBuilder abilities;

    SqlMetadata(TableSpace space, SqlService sql, String version) {
        this.space = space;
        this.sql = sql;
        this.abilities =
                new SqlInfoBuilder()
                        .withFlightSqlServerName("ArrowShelf")
                        .withFlightSqlServerVersion(version)
                        .withFlightSqlServerArrowVersion("18.3.0")
                        .withFlightSqlServerReadOnly(true)
                        .withFlightSqlServerSql(true)
                        .withFlightSqlServerSubstrait(false)
                        .withFlightSqlServerTransaction(
                                FlightSql.SqlSupportedTransaction.SQL_SUPPORTED_TRANSACTION_NONE)
                        .withFlightSqlServerCancel(false)
                        .withFlightSqlServerBulkIngestion(true)
                        .withFlightSqlServerBulkIngestionTransaction(false)
                        .withSqlIdentifierCase(
                                FlightSql.SqlSupportedCaseSensitivity
                                        .SQL_CASE_SENSITIVITY_CASE_INSENSITIVE)
                        .withSqlNullOrdering(FlightSql.SqlNullOrdering.SQL_NULLS_SORTED_AT_END)
                        .withSqlNullPlusNullIsNull(true)
                        .withSqlIdentifierQuoteChar("\"")
                        .withSqlQuotedIdentifierCase(
                                FlightSql.SqlSupportedCaseSensitivity
                                        .SQL_CASE_SENSITIVITY_CASE_INSENSITIVE)
                        .withSqlDdlCatalog(false)
                        .withSqlDdlSchema(false)
                        .withSqlDdlTable(false);
    }

    /// Returns the columns of an answer.
    Schema schema(Any command) {
        if (command.is(FlightSql.CommandGetTables.class)) {
            return SqlCommands.unpack(command, FlightSql.CommandGetTables.class).getIncludeSchema()
                    ? Schemas.GET_TABLES_SCHEMA
                    : Schemas.GET_TABLES_SCHEMA_NO_SCHEMA;
        }
        for (Map.Entry<Class<? extends Message>, Schema> known : SCHEMAS.entrySet()) {
            if (command.is(known.getKey())) {
                return known.getValue();
            }
        }
        throw SqlCommands.unknown(command);
    }

    /// Returns an answer.
    MessageSource source(Any command) throws IOException {
        if (command.is(FlightSql.CommandGetSqlInfo.class)) {
            List<Integer> wanted =
                    SqlCommands.unpack(command, FlightSql.CommandGetSqlInfo.class).getInfoList();
            Capture capture = new Capture();
            abilities.send(wanted, capture);
            return new GivenMessages(capture.messages);
        }
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root = VectorSchemaRoot.create(schema(command), allocator)) {
            root.allocateNew();
            int rows = fill(command, root);
            root.getFieldVectors().forEach(vector -> vector.setValueCount(rows));
            root.setRowCount(rows);
            return new GivenMessages(GivenMessages.of(root));
        }
    }

    private int fill(Any command, VectorSchemaRoot root) {
        if (command.is(FlightSql.CommandGetCatalogs.class)) {
            set(root, "catalog_name", 0, CATALOG);
            return 1;
        }
        if (command.is(FlightSql.CommandGetTableTypes.class)) {
            set(root, "table_type", 0, TABLE);
            return 1;
        }
        if (command.is(FlightSql.CommandGetDbSchemas.class)) {
            FlightSql.CommandGetDbSchemas wanted =
                    SqlCommands.unpack(command, FlightSql.CommandGetDbSchemas.class);
            boolean shown =
                    isHere(wanted.hasCatalog(), wanted.getCatalog())
                            && matches(
                                    wanted.hasDbSchemaFilterPattern(),
                                    wanted.getDbSchemaFilterPattern(),
                                    SCHEMA);
            if (shown) {
                set(root, "catalog_name", 0, CATALOG);
                set(root, "db_schema_name", 0, SCHEMA);
            }
            return shown ? 1 : 0;
        }
        if (command.is(FlightSql.CommandGetXdbcTypeInfo.class)) {
            FlightSql.CommandGetXdbcTypeInfo wanted =
                    SqlCommands.unpack(command, FlightSql.CommandGetXdbcTypeInfo.class);
            return SqlTypes.fill(
                    root,
                    wanted.hasDataType()
                            ? OptionalInt.of(wanted.getDataType())
                            : OptionalInt.empty());
        }
        return command.is(FlightSql.CommandGetTables.class)
                ? tables(SqlCommands.unpack(command, FlightSql.CommandGetTables.class), root)
                : 0;
    }

    private int tables(FlightSql.CommandGetTables wanted, VectorSchemaRoot root) {
        boolean none =
                !isHere(wanted.hasCatalog(), wanted.getCatalog())
                        || !matches(
                                wanted.hasDbSchemaFilterPattern(),
                                wanted.getDbSchemaFilterPattern(),
                                SCHEMA)
                        || (wanted.getTableTypesCount() > 0
                                && !wanted.getTableTypesList().contains(TABLE));
        if (none) {
            return 0;
        }
        List<String> names =
                space.list().stream()
                        .map(TableInfo::name)
                        .filter(name -> !name.startsWith(SqlService.RESULT_PREFIX))
                        .filter(name ->
                                matches(
                                        wanted.hasTableNameFilterPattern(),
                                        wanted.getTableNameFilterPattern(),
                                        name))
                        .sorted(Comparator.naturalOrder())
                        .toList();
        int row = 0;
        for (String name : names) {
            if (wanted.getIncludeSchema()) {
                byte[] schema = schemaOf(name);
                if (schema == null) {
                    continue; // gone by now
                }
                ((VarBinaryVector) root.getVector("table_schema")).setSafe(row, schema);
            }
            set(root, "catalog_name", row, CATALOG);
            set(root, "db_schema_name", row, SCHEMA);
            set(root, "table_name", row, name);
            set(root, "table_type", row, TABLE);
            row++;
        }
        return row;
    }

    /// The schema that a query of all columns has.
    private byte @Nullable [] schemaOf(String name) {
        String quoted = name.replace("\"", "\"\"");
        SqlRequest all = SqlRequest.of("select * from shelf.\"" + quoted + '"');
        try {
            return SchemaMessage.encapsulated(sql.engine().signature(all).columns()).toByteArray();
        } catch (ShelfException _) {
            return null;
        }
    }

    private static boolean isHere(boolean given, String catalog) {
        return !given || catalog.equals(CATALOG);
    }

    /// Whether a name fits a pattern of SQL's LIKE.
    private static boolean matches(boolean given, String pattern, String name) {
        if (!given) {
            return true;
        }
        StringBuilder expression = new StringBuilder();
        pattern.codePoints()
                .forEach(letter -> {
                    String text = Character.toString(letter);
                    expression.append(
                            switch (text) {
                                case "%" -> ".*";
                                case "_" -> ".";
                                default -> Pattern.quote(text);
                            });
                });
        return Pattern.compile(expression.toString(), Pattern.DOTALL).matcher(name).matches();
    }

    private static void set(VectorSchemaRoot root, String column, int row, String value) {
        ((VarCharVector) root.getVector(column))
                .setSafe(row, value.getBytes(StandardCharsets.UTF_8));
    }

    /// Takes the rows that arrow-java's builder sends.
    private static final class Capture implements ServerStreamListener {
        private final List<FlightMessage> messages = new ArrayList<>();
        private VectorSchemaRoot rows = VectorSchemaRoot.of();

        @Override
        public void start(VectorSchemaRoot root, DictionaryProvider provider, IpcOption option) {
            rows = root;
        }

        @Override
        public void putNext() {
            messages.addAll(GivenMessages.of(rows));
        }

        @Override
        public void putNext(ArrowBuf metadata) {
            putNext();
        }

        @Override
        public void putMetadata(ArrowBuf metadata) {
            // the builder sends none
        }

        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public void setOnCancelHandler(Runnable handler) {
            // cannot be cancelled: it is all in memory
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void error(Throwable failure) {
            throw new IllegalStateException("abilities cannot be told", failure);
        }

        @Override
        public void completed() {
            // all rows came with putNext
        }
    }
}
