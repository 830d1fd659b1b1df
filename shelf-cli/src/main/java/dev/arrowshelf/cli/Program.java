package dev.arrowshelf.cli;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ErrorReport;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.GlobalOptions;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.text.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// The whole command line: finds the subcommand, runs it, reports what goes wrong. For one run, by
/// one thread.
public final class Program {
    private final Terminal terminal;
    private final GlobalOptions global = new GlobalOptions();

    private Program(Terminal terminal) {
        this.terminal = terminal;
    }

    /// Runs a command line and returns its exit code; output is flushed.
    ///
    /// @param version the line that `--version` prints
    public static int run(Terminal terminal, String version, String... arguments) {
        Program program = new Program(terminal);
        try {
            return program.commandLine(version, wanted(arguments)).execute(arguments);
        } finally {
            terminal.flush();
        }
    }

    private CommandLine commandLine(String version, List<Subcommand> subcommands) {
        CommandSpec root = Options.spec(this, "arrowshelf").version(version);
        root.usageMessage()
                .description(
                        "Apache Arrow tables in shared memory: put once, read in place by every process.")
                .sortOptions(false)
                .synopsisSubcommandLabel("COMMAND")
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(ExitCode.descriptions())
                .footer("%n'arrowshelf help COMMAND' says more about one of them.");
        root.addOption(Options.help());
        root.addOption(
                OptionSpec.builder("-V", "--version")
                        .type(boolean.class)
                        .versionHelp(true)
                        .description("Shows the version.")
                        .build());
        global.addTo(root);
        for (Subcommand subcommand : subcommands) {
            CommandSpec spec = subcommand.spec();
            root.addSubcommand(spec.name(), Options.commandLine(spec));
        }
        CommandLine line = Options.commandLine(root);
        line.setExecutionStrategy(this::execute);
        line.setParameterExceptionHandler((wrong, _) -> reportUsage(wrong));
        line.setExecutionExceptionHandler(
                (failure, _, _) -> ErrorReport.print(failure, terminal.err(), global.debug()));
        return line;
    }

    private int execute(ParseResult root) {
        ParseResult result = root;
        while (result.hasSubcommand()) {
            result = result.subcommand();
        }
        CommandLine line = result.commandSpec().commandLine();
        if (result.isUsageHelpRequested()) {
            line.usage(terminal.out());
            return ExitCode.OK;
        }
        if (result.isVersionHelpRequested()) {
            line.printVersionHelp(terminal.out());
            return ExitCode.OK;
        }
        if (!(result.commandSpec().userObject() instanceof Subcommand subcommand)) {
            throw new ParameterException(line, "no command given");
        }
        try {
            return subcommand.run(new CommandContext(terminal, global));
        } catch (ParameterException wrong) {
            throw wrong;
        } catch (IOException | RuntimeException | OutOfMemoryError failure) {
            return ErrorReport.print(failure, terminal.err(), global.debug());
        }
    }

    private int reportUsage(ParameterException wrong) {
        CommandSpec spec = wrong.getCommandLine().getCommandSpec();
        String fact = Objects.requireNonNullElse(wrong.getMessage(), "wrong arguments");
        ErrorReport.printLine(
                terminal.err(), Character.toLowerCase(fact.charAt(0)) + fact.substring(1));
        if (!UnmatchedArgumentException.printSuggestions(
                wrong, new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8))) {
            terminal.err().println("Usage: " + spec.commandLine().getHelp().synopsis(0).strip());
        }
        terminal.err().println("Try '" + spec.qualifiedName() + " --help'.");
        return ExitCode.USAGE;
    }

    /// The subcommands that matter: the one that the arguments name, so that only its options are
    /// made; none for the version; else all.
    private static List<Subcommand> wanted(String... arguments) {
        for (int index = 0; index < arguments.length; index++) {
            String argument = arguments[index];
            if (argument.equals("--version") || argument.equals("-V")) {
                return List.of();
            }
            if (!argument.startsWith("-")) {
                Subcommand named = Subcommands.named(argument);
                return named == null || named.needsAll() ? Subcommands.all() : List.of(named);
            }
            if (GlobalOptions.takesNextArgument(argument)) {
                index++;
            }
        }
        return Subcommands.all();
    }
}
