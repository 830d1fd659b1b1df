package dev.arrowshelf.cli.command;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.line.TableFacts;
import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.cli.text.JsonText;
import dev.arrowshelf.cli.text.PrintableText;
import dev.arrowshelf.cli.text.TextTable;
import dev.arrowshelf.cli.text.TextTable.Column;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.model.TableInfo;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// `list`: the names of all tables, or what is known about each. Reads the control block only, so
/// it needs neither an owner nor Arrow.
public final class ListCommand implements Subcommand {
    private final OptionSpec json =
            Options.flag("Prints a JSON array, one object a table.", "--json");
    private final OptionSpec details =
            Options.flag("Prints rows, bytes, columns and age too.", "-l", "--long");

    @Override
    public CommandSpec spec() {
        return Options.command(this, "list", "Lists the tables on the shelf.")
                .addOption(details)
                .addOption(json);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        List<TableInfo> tables =
                context.choice().tables().stream()
                        .sorted(Comparator.comparing(TableInfo::name))
                        .toList();
        PrintStream out = context.terminal().out();
        if (json.<Boolean>getValue()) {
            printJson(tables, out);
        } else if (details.<Boolean>getValue()) {
            printDetails(tables, out);
        } else {
            tables.forEach(table -> out.println(PrintableText.of(table.name())));
        }
        return ExitCode.OK;
    }

    private static void printJson(List<TableInfo> tables, PrintStream out) {
        String separator = "[\n  ";
        for (TableInfo table : tables) {
            JsonText line = new JsonText().beginObject();
            TableFacts.write(table, line);
            out.print(separator + line.endObject());
            separator = ",\n  ";
        }
        out.println(tables.isEmpty() ? "[]" : "\n]");
    }

    private static void printDetails(List<TableInfo> tables, PrintStream out) {
        TextTable text =
                new TextTable(
                        List.of(
                                new Column("name", false),
                                new Column("rows", true),
                                new Column("size", true),
                                new Column("columns", true),
                                new Column("age", true)));
        long now = System.currentTimeMillis();
        for (TableInfo table : tables) {
            text.add(
                    List.of(
                            table.name(),
                            Figures.grouped(table.rows()),
                            new ByteSize(table.bytes()).toString(),
                            Integer.toString(table.columns()),
                            Figures.age(Duration.ofMillis(now - table.createdMillis()))));
        }
        text.print(out);
    }
}
