package dev.arrowshelf.sql.tables;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Finds the table that a name in SQL means.
///
/// `name`, `_cache_name`, and both behind `shelf.` or `main.` (and `memory.` before these) mean the
/// table `name`. An exact match comes before one that differs in case only, the whole name before
/// the one without `_cache_`.
///
/// Thread-safe.
public final class TableNames {
    private static final String PREFIX = "_cache_";
    private static final String CATALOG = "memory";
    private static final List<String> SCHEMAS = List.of("shelf", "main");
    private static final int LONGEST_COMPARED = 64;

    private final TableSource source;

    public TableNames(TableSource source) {
        this.source = source;
    }

    /// Returns the table, or null when the name is qualified with something that is no shelf.
    /// Error: `NOT_FOUND`, naming the nearest table.
    ///
    /// @param parts the name as written, qualifiers first
    public @Nullable ShelfTable find(List<String> parts) {
        String name = parts.getLast();
        if (!isQualifiedAsHere(parts)) {
            return null;
        }
        if (NearestFunction.isOne(name)) {
            ShelfTable made = source.nearest(NearestFunction.wanted(name));
            if (made == null) {
                throw new ShelfException(
                        ErrorCode.INVALID_ARGUMENT, "no vector search here: function=nearest");
            }
            return made;
        }
        ShelfTable exact = findExactly(name);
        return exact != null ? exact : findNearly(name);
    }

    /// Returns whether a name means a table that is made for one query.
    public static boolean isMadeForQuery(List<String> parts) {
        return NearestFunction.isOne(parts.getLast());
    }

    private static boolean isQualifiedAsHere(List<String> parts) {
        return switch (parts.size()) {
            case 1 -> true;
            case 2 -> SCHEMAS.contains(parts.getFirst().toLowerCase(Locale.ROOT));
            case 3 ->
                    CATALOG.equalsIgnoreCase(parts.getFirst())
                            && SCHEMAS.contains(parts.get(1).toLowerCase(Locale.ROOT));
            default -> false;
        };
    }

    private @Nullable ShelfTable findExactly(String name) {
        ShelfTable whole = name.isEmpty() ? null : source.find(name);
        if (whole != null || !isPrefixed(name)) {
            return whole;
        }
        String rest = name.substring(PREFIX.length());
        return rest.isEmpty() ? null : source.find(rest);
    }

    private @Nullable ShelfTable findNearly(String name) {
        List<String> names = source.list().stream().map(TableInfo::name).sorted().toList();
        String wanted = isPrefixed(name) ? name.substring(PREFIX.length()) : name;
        for (String candidate : List.of(name, wanted)) {
            for (String known : names) {
                ShelfTable found = known.equalsIgnoreCase(candidate) ? source.find(known) : null;
                if (found != null) {
                    return found;
                }
            }
        }
        String nearest =
                names.stream()
                        .filter(known ->
                                distance(known, wanted) <= Math.max(2, wanted.length() / 3))
                        .min(Comparator.comparingInt(known -> distance(known, wanted)))
                        .map(known -> ", nearest=" + known)
                        .orElse("");
        throw new ShelfException(ErrorCode.NOT_FOUND, "no such table: name=" + wanted + nearest);
    }

    private static boolean isPrefixed(String name) {
        return name.regionMatches(true, 0, PREFIX, 0, PREFIX.length());
    }

    /// Returns how many letters to insert, drop or change; a large number for long names.
    private static int distance(String left, String right) {
        if (Math.max(left.length(), right.length()) > LONGEST_COMPARED) {
            return Integer.MAX_VALUE;
        }
        String from = left.toLowerCase(Locale.ROOT);
        String to = right.toLowerCase(Locale.ROOT);
        int[] row = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int change = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[to.length()];
    }
}
