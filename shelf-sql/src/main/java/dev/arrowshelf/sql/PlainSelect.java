package dev.arrowshelf.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/// A statement that by its looks only names columns of one table: `SELECT a, "b" FROM t`, `SELECT *
/// FROM t`, `FROM t`. What the names mean is DuckDB's to say, so its columns are compared with the
/// table's.
///
/// @param names as written, without quotes; empty means all columns
record PlainSelect(List<String> names) {
    private static final int LONGEST_TEXT = 8 << 10;
    private static final String QUOTED = "\"(?:[^\"]++|\"\")++\"";
    private static final String NAME = "(?:[A-Za-z_][A-Za-z0-9_]*+|" + QUOTED + ")";
    private static final Pattern SHAPE =
            Pattern.compile(
                    "\\s*+(?:select\\s++(?<list>\\*|%1$s(?:\\s*+,\\s*+%1$s)*+)\\s++)?from\\s++%1$s(?:\\.%1$s){0,2}+\\s*+;?+\\s*+"
                            .formatted(NAME),
                    Pattern.CASE_INSENSITIVE);
    private static final Pattern ONE_NAME = Pattern.compile(NAME);

    /// Words that are values also where a table has a column of that name.
    private static final Set<String> VALUES =
            Set.of(
                    "true",
                    "false",
                    "null",
                    "default",
                    "rowid",
                    "user",
                    "session_user",
                    "current_user",
                    "current_role",
                    "current_catalog",
                    "current_schema",
                    "current_date",
                    "current_time",
                    "current_timestamp",
                    "localtime",
                    "localtimestamp");

    PlainSelect {
        names = List.copyOf(names);
    }

    /// Returns the columns that a text names; empty when it may be anything else.
    static Optional<PlainSelect> parse(String sql) {
        if (sql.length() > LONGEST_TEXT) {
            return Optional.empty();
        }
        Matcher shape = SHAPE.matcher(sql);
        if (!shape.matches()) {
            return Optional.empty();
        }
        String list = shape.group("list");
        List<String> names = new ArrayList<>();
        if (list != null && !list.equals("*")) {
            Matcher each = ONE_NAME.matcher(list);
            while (each.find()) {
                String name = each.group();
                if (VALUES.contains(name.toLowerCase(Locale.ROOT))) {
                    return Optional.empty();
                }
                names.add(
                        name.startsWith("\"")
                                ? name.substring(1, name.length() - 1).replace("\"\"", "\"")
                                : name);
            }
        }
        return Optional.of(new PlainSelect(names));
    }

    /// Returns which columns of a table these are; empty when the result is not made of just them,
    /// as they are stored.
    ///
    /// @param table the columns of the table
    /// @param result the columns that DuckDB gives
    Optional<List<Integer>> columnsOf(Schema table, Schema result) {
        List<Field> fields = table.getFields();
        if (fields.stream().map(field -> lower(field.getName())).distinct().count()
                != fields.size()) {
            return Optional.empty(); // DuckDB gives some of them other names
        }
        List<Integer> columns = new ArrayList<>();
        int count = result.getFields().size();
        if (count != (names.isEmpty() ? fields.size() : names.size())) {
            return Optional.empty();
        }
        for (int i = 0; i < count; i++) {
            int column = names.isEmpty() ? i : indexOf(fields, names.get(i));
            if (column < 0 || !fields.get(column).equals(result.getFields().get(i))) {
                return Optional.empty();
            }
            columns.add(column);
        }
        return Optional.of(columns);
    }

    private static int indexOf(List<Field> fields, String name) {
        for (int i = 0; i < fields.size(); i++) {
            if (lower(fields.get(i).getName()).equals(lower(name))) {
                return i;
            }
        }
        return -1;
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
