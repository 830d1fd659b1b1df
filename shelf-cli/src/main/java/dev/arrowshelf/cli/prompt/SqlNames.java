package dev.arrowshelf.cli.prompt;

import java.util.Locale;
import java.util.Set;

/// Names of tables and columns as SQL writes them.
final class SqlNames {
    /// Words that cannot stand for a name without quotes.
    private static final Set<String> RESERVED =
            Set.of(
                    "all",
                    "analyse",
                    "analyze",
                    "and",
                    "any",
                    "array",
                    "as",
                    "asc",
                    "both",
                    "case",
                    "cast",
                    "check",
                    "collate",
                    "column",
                    "constraint",
                    "create",
                    "default",
                    "deferrable",
                    "desc",
                    "describe",
                    "distinct",
                    "do",
                    "else",
                    "end",
                    "except",
                    "false",
                    "fetch",
                    "for",
                    "foreign",
                    "from",
                    "group",
                    "having",
                    "in",
                    "initially",
                    "intersect",
                    "into",
                    "lambda",
                    "lateral",
                    "leading",
                    "limit",
                    "not",
                    "null",
                    "offset",
                    "on",
                    "only",
                    "or",
                    "order",
                    "pivot",
                    "pivot_longer",
                    "pivot_wider",
                    "placing",
                    "primary",
                    "qualify",
                    "references",
                    "returning",
                    "select",
                    "show",
                    "some",
                    "summarize",
                    "symmetric",
                    "table",
                    "then",
                    "to",
                    "trailing",
                    "true",
                    "union",
                    "unique",
                    "unpivot",
                    "using",
                    "variadic",
                    "when",
                    "where",
                    "window",
                    "with");

    private SqlNames() {}

    /// Returns a name as it may stand in a statement.
    static String quoted(String name) {
        boolean plain =
                !name.isEmpty()
                        && !Character.isDigit(name.charAt(0))
                        && name.chars().allMatch(SqlNames::isPlain)
                        && !RESERVED.contains(name.toLowerCase(Locale.ROOT));
        return plain ? name : '"' + name.replace("\"", "\"\"") + '"';
    }

    /// Returns the name that a text of a statement stands for.
    static String unquoted(String text) {
        boolean quoted = text.length() > 1 && text.startsWith("\"") && text.endsWith("\"");
        return quoted ? text.substring(1, text.length() - 1).replace("\"\"", "\"") : text;
    }

    /// Returns whether a letter may stand in a name without quotes.
    static boolean isPlain(int letter) {
        return letter == '_' || Character.isLetterOrDigit(letter);
    }
}
