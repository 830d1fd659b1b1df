package dev.arrowshelf.cli.command;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.SqlSource;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.line.TableSource;
import dev.arrowshelf.sql.SqlEngine;
import dev.arrowshelf.sql.model.SqlRequest;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `explain`: prints the plan of a query.
public final class ExplainCommand implements Subcommand {
    private final PositionalParamSpec text =
            Options.parameter(
                    "0", "SQL", "A statement that reads; - reads it from standard input.");
    private final OptionSpec analyze =
            Options.flag("Runs it; the plan has times and row counts.", "--analyze");
    private final OptionSpec json = Options.flag("Prints the plan as JSON.", "--json");

    @Override
    public CommandSpec spec() {
        return Options.command(this, "explain", "Prints how a SELECT is carried out.")
                .addPositional(text)
                .addOption(analyze)
                .addOption(json);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        SqlRequest request =
                SqlRequest.of(SqlCommand.statement(text.getValue(), context.terminal()));
        try (TableSource tables = context.choice().openTables();
                SqlEngine engine = SqlSource.open(tables)) {
            context.terminal()
                    .out()
                    .println(engine.explain(request, analyze.getValue(), json.getValue()));
        }
        return ExitCode.OK;
    }
}
