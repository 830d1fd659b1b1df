package dev.arrowshelf.cli.command;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ErrorReport;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.store.Shelf;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `delete`: removes tables by name. Readers that have them keep them.
public final class DeleteCommand implements Subcommand {
    private final PositionalParamSpec names =
            PositionalParamSpec.builder()
                    .index("0..*")
                    .arity("1..*")
                    .required(true)
                    .type(String[].class)
                    .paramLabel("NAME")
                    .description("Names of tables.")
                    .build();

    @Override
    public CommandSpec spec() {
        return Options.command(
                        this,
                        "delete",
                        "Removes tables. Processes that read them keep what they have.")
                .addPositional(names);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        int code = ExitCode.OK;
        try (Shelf shelf = context.choice().open()) {
            for (String name : names.<String[]>getValue()) {
                if (!shelf.delete(name)) {
                    ErrorReport.printLine(context.terminal().err(), "no such table: name=" + name);
                    code = ExitCode.USER;
                }
            }
        }
        return code;
    }
}
