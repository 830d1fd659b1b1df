package dev.arrowshelf.server.flight;

import com.google.protobuf.Any;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.put.TablePutter;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableExistsOption;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableNotExistOption;

/// The puts of Flight SQL: values of parameters, and whole tables. Thread-safe.
final class SqlPuts {
    private final FlightTables tables;
    private final TablePutter putter;

    SqlPuts(FlightTables tables, TablePutter putter) {
        this.tables = tables;
        this.putter = putter;
    }

    /// Opens the target of a command.
    PutTarget target(Any command) {
        if (command.is(FlightSql.CommandPreparedStatementQuery.class)) {
            SqlHandle handle =
                    SqlHandle.parse(
                            SqlCommands.unpack(
                                            command, FlightSql.CommandPreparedStatementQuery.class)
                                    .getPreparedStatementHandle());
            return new ParameterTarget(stream -> bound(handle.withParameters(stream)));
        }
        if (command.is(CommandStatementIngest.class)) {
            return ingest(SqlCommands.unpack(command, CommandStatementIngest.class));
        }
        if (command.is(FlightSql.CommandStatementUpdate.class)
                || command.is(FlightSql.CommandPreparedStatementUpdate.class)) {
            throw new ShelfException(
                    ErrorCode.FORBIDDEN, "only statements that read may run: update");
        }
        throw SqlCommands.unknown(command);
    }

    private static byte[] bound(SqlHandle handle) {
        return FlightSql.DoPutPreparedStatementResult.newBuilder()
                .setPreparedStatementHandle(handle.bytes())
                .build()
                .toByteArray();
    }

    private PutTarget ingest(CommandStatementIngest command) {
        String name = command.getTable();
        if (command.getTemporary() || command.hasTransactionId()) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "no temporary tables and no transactions: table=" + name);
        }
        requirePlace("catalog", SqlMetadata.CATALOG, command.getCatalog());
        requirePlace("schema", SqlMetadata.SCHEMA, command.getSchema());
        TableExistsOption present = command.getTableDefinitionOptions().getIfExists();
        boolean create =
                command.getTableDefinitionOptions().getIfNotExist()
                        != TableNotExistOption.TABLE_NOT_EXIST_OPTION_FAIL;
        ShelfTable old = tables.space().find(name);
        if (old == null) {
            if (!create) {
                throw new ShelfException(
                        ErrorCode.NOT_FOUND, "there is no table to add rows to: name=" + name);
            }
            return table(name, false, 0);
        }
        try {
            return switch (present) {
                case TABLE_EXISTS_OPTION_REPLACE -> {
                    old.close();
                    yield table(name, true, 0);
                }
                case TABLE_EXISTS_OPTION_APPEND ->
                        new AppendTarget(tables, old, table(name, true, old.rowCount()));
                case TABLE_EXISTS_OPTION_FAIL, TABLE_EXISTS_OPTION_UNSPECIFIED, UNRECOGNIZED ->
                        throw new ShelfException(
                                ErrorCode.ALREADY_EXISTS, "table exists: name=" + name);
            };
        } catch (Throwable failure) {
            old.close();
            throw failure;
        }
    }

    /// A table that went elsewhere than it was sent to would not be found there.
    private static void requirePlace(String kind, String only, String wanted) {
        if (!wanted.isEmpty() && !wanted.equals(only)) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "there is one %s: wanted=%s, present=%s".formatted(kind, wanted, only));
        }
    }

    /// @param before rows that were there before
    private PutTarget table(String name, boolean replace, long before) {
        PutRequest request =
                new PutRequest(
                        name, PutOptions.DEFAULT.withReplace(replace).withUtf8Validation(true));
        return new TableTarget(tables, putter, request, put -> updated(put, before));
    }

    private static byte[] updated(TableInfo put, long before) {
        return FlightSql.DoPutUpdateResult.newBuilder()
                .setRecordCount(put.rows() - before)
                .build()
                .toByteArray();
    }
}
