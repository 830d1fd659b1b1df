package dev.arrowshelf.cli.keep;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ErrorReport;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.PutOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `load`: puts persisted tables back on the shelf.
public final class LoadCommand implements Subcommand {
    private final PositionalParamSpec directory =
            Options.parameter("0", "DIRECTORY", "Where tables were persisted.");
    private final PositionalParamSpec names =
            PositionalParamSpec.builder()
                    .index("1..*")
                    .arity("0..*")
                    .type(String[].class)
                    .paramLabel("NAME")
                    .description("Names of tables (default: all).")
                    .build();
    private final OptionSpec keep =
            Options.flag("Leaves tables alone that are there already.", "--keep");

    @Override
    public CommandSpec spec() {
        return Options.command(
                        this,
                        "load",
                        "Puts tables back that persist or snapshot wrote: those named, or all in the directory.")
                .addPositional(directory)
                .addPositional(names)
                .addOption(keep);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        Path place = Path.of(directory.<String>getValue()).toAbsolutePath();
        String @Nullable [] wanted = names.getValue();
        int code = ExitCode.OK;
        try (Shelf shelf = context.choice().open()) {
            List<String> tables =
                    wanted == null || wanted.length == 0 ? shelf.persisted(place) : List.of(wanted);
            for (String table : tables) {
                if (keep.<Boolean>getValue() && shelf.info(table) != null) {
                    continue;
                }
                if (shelf.load(table, place, PutOptions.DEFAULT) == null
                        && ParquetTable.load(shelf, table, place) == null
                        && wanted != null
                        && wanted.length > 0) {
                    ErrorReport.printLine(
                            context.terminal().err(), "no such table was persisted: name=" + table);
                    code = ExitCode.USER;
                }
            }
        }
        return code;
    }
}
