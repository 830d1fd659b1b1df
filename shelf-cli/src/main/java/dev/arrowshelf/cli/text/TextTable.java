package dev.arrowshelf.cli.text;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/// A table of text with aligned columns. Cells are made printable and cut to a greatest width. For
/// one thread.
public final class TextTable {
    private static final int MAX_CELLS = 48;
    private static final String GAP = "  ";

    private final List<Column> columns;
    private final List<List<String>> rows = new ArrayList<>();
    private final int[] widths;

    /// Begins a table with its columns.
    public TextTable(List<Column> columns) {
        this.columns = List.copyOf(columns);
        widths = new int[columns.size()];
        for (int index = 0; index < widths.length; index++) {
            widths[index] = PrintableText.cells(clip(columns.get(index).title()));
        }
    }

    /// Adds a row, one text a column.
    public void add(List<String> cells) {
        if (cells.size() != widths.length) {
            throw new IllegalArgumentException(
                    "row does not fit: cells=" + cells.size() + ", columns=" + widths.length);
        }
        List<String> clipped = cells.stream().map(TextTable::clip).toList();
        for (int index = 0; index < widths.length; index++) {
            widths[index] = Math.max(widths[index], PrintableText.cells(clipped.get(index)));
        }
        rows.add(clipped);
    }

    /// Prints the header, a rule and all rows.
    public void print(PrintStream out) {
        printRow(out, columns.stream().map(column -> clip(column.title())).toList());
        StringBuilder rule = new StringBuilder();
        for (int index = 0; index < widths.length; index++) {
            rule.append(index == 0 ? "" : GAP).repeat('─', widths[index]);
        }
        out.println(rule);
        rows.forEach(row -> printRow(out, row));
    }

    private void printRow(PrintStream out, List<String> cells) {
        StringBuilder line = new StringBuilder();
        for (int index = 0; index < widths.length; index++) {
            String cell = cells.get(index);
            int padding = widths[index] - PrintableText.cells(cell);
            boolean right = columns.get(index).right();
            line.append(index == 0 ? "" : GAP);
            line.repeat(' ', right ? padding : 0).append(cell).repeat(' ', right ? 0 : padding);
        }
        out.println(line.toString().stripTrailing());
    }

    private static String clip(String cell) {
        return PrintableText.clipped(cell, MAX_CELLS);
    }

    /// A column: its title, and whether its cells are set to the right (numbers) instead of the
    /// left (text).
    public record Column(String title, boolean right) {}
}
