package dev.arrowshelf.server.rpc;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.Map;

/// Errors as the five characters of the SQL standard, with PostgreSQL's where that has none.
final class SqlState {
    /// How DuckDB's texts begin.
    private static final Map<String, String> BY_BEGINNING =
            Map.of(
                    "Parser Error", "42601",
                    "Syntax Error", "42601",
                    "Catalog Error", "42704",
                    "Conversion Error", "22018",
                    "Out of Range Error", "22003",
                    "Not implemented Error", "0A000",
                    "Invalid Input Error", "22023");

    private SqlState() {}

    static String of(ShelfException failure) {
        if (failure.code() == ErrorCode.INVALID_SQL) {
            String text = String.valueOf(failure.getMessage());
            return BY_BEGINNING.entrySet().stream()
                    .filter(known -> text.startsWith(known.getKey()))
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .orElse("42000");
        }
        return switch (failure.code()) {
            case NOT_FOUND -> "42P01";
            case ALREADY_EXISTS -> "42P07";
            case INVALID_KEY -> "42602";
            case FORBIDDEN -> "42501";
            case CANCELLED, TIMEOUT -> "57014";
            case OUT_OF_MEMORY -> "53200";
            case BUSY, CATALOGUE_BUSY -> "53300";
            case TOO_LARGE -> "54000";
            case UNSUPPORTED_IPC -> "0A000";
            case INVALID_ARGUMENT, INVALID_IPC, INVALID_SQL -> "22023";
            case PROTOCOL -> "08P01";
            case SHELF_OWNED, UNAVAILABLE, CLOSED -> "08006";
            case CORRUPT, INCOMPLETE -> "XX001";
            case IO -> "58030";
            case INTERNAL -> "XX000";
        };
    }
}
