package dev.arrowshelf.cli.command;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.line.TableFacts;
import dev.arrowshelf.cli.line.TableSource;
import dev.arrowshelf.cli.rows.SchemaText;
import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.cli.text.JsonText;
import dev.arrowshelf.cli.text.PrintableText;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.encode.EncodedColumns;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `info`: facts and schema of a table. Needs no owner.
public final class InfoCommand implements Subcommand {
    private final PositionalParamSpec name = Options.parameter("0", "NAME", "The table's name.");
    private final OptionSpec json = Options.flag("Prints a JSON object.", "--json");

    @Override
    public CommandSpec spec() {
        return Options.command(this, "info", "Shows facts and the schema of a table.")
                .addPositional(name)
                .addOption(json);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        try (TableSource source = context.choice().openTables();
                ShelfTable table = source.get(name.getValue())) {
            PrintStream out = context.terminal().out();
            if (json.<Boolean>getValue()) {
                JsonText facts = new JsonText().beginObject();
                TableFacts.write(table.info(), facts);
                TableFacts.writeEncoded(EncodedColumns.of(table), facts);
                SchemaText.writeFields(table.schema(), facts);
                out.println(facts.endObject());
            } else {
                print(table.info(), out);
                EncodedColumns.of(table)
                        .forEach(column -> out.println("encoded     " + TableFacts.words(column)));
                out.println();
                SchemaText.print(table.schema(), out);
            }
        }
        return ExitCode.OK;
    }

    private static void print(TableInfo table, PrintStream out) {
        Instant created = Instant.ofEpochMilli(table.createdMillis());
        out.println("name        " + PrintableText.of(table.name()));
        out.println("rows        " + Figures.grouped(table.rows()));
        out.println(
                "size        "
                        + new ByteSize(table.bytes())
                        + " ("
                        + Figures.counted(table.bytes(), "byte")
                        + ")");
        out.println("columns     " + table.columns());
        out.println("partitions  " + table.partitions());
        out.println("generation  " + table.generation());
        out.println(
                "created     "
                        + created
                        + " ("
                        + Figures.age(Duration.between(created, Instant.now()))
                        + " ago)");
    }
}
