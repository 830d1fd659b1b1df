package dev.arrowshelf.cli.command;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ErrorReport;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.cli.text.TextTable;
import dev.arrowshelf.client.local.IndexPort;
import dev.arrowshelf.client.local.OwnerBuild;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.vector.VectorSearch;
import dev.arrowshelf.vector.index.BuildProgress;
import dev.arrowshelf.vector.model.BuildRequest;
import dev.arrowshelf.vector.model.Evaluation;
import dev.arrowshelf.vector.model.IndexInfo;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.IndexSettings;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.Storage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/// `index`: builds, lists, drops and measures the stored vector indexes.
public final class IndexCommand implements Subcommand {
    private static final int NEIGHBOURS = 10;

    private final PositionalParamSpec action =
            Options.parameter("0", "ACTION", "build, list, drop or evaluate.");
    private final PositionalParamSpec name =
            PositionalParamSpec.builder()
                    .index("1")
                    .arity("0..1")
                    .type(String.class)
                    .paramLabel("NAME")
                    .description("The table's name; not for list.")
                    .build();
    private final OptionSpec columns =
            Options.text(
                    "--columns",
                    "NAME,...",
                    "One column of lists, or columns of numbers, one a dimension.");
    private final OptionSpec metric =
            Options.text("--metric", "METRIC", "l2 (default), ip, cosine or haversine.");
    private final OptionSpec index =
            Options.text("--index", "INDEX", "auto (default), kd, ivf or hnsw.");
    private final OptionSpec lists =
            Options.number(
                    "--lists",
                    "N",
                    0,
                    "Lists of an ivf (default: the root of the rows), links of an hnsw (16).");
    private final OptionSpec storage =
            Options.text(
                    "--storage",
                    "STORAGE",
                    "How an ivf keeps coordinates: float32 (default), float16 or int8.");
    private final OptionSpec samples =
            Options.number("--samples", "N", 1000, "Queries of evaluate (default: 1000).");
    private final CommandSpec spec =
            Options.command(
                            this,
                            "index",
                            "Builds, lists, drops or measures the vector indexes of tables.")
                    .addPositional(action)
                    .addPositional(name)
                    .addOption(columns)
                    .addOption(metric)
                    .addOption(index)
                    .addOption(lists)
                    .addOption(storage)
                    .addOption(samples);

    @Override
    public CommandSpec spec() {
        return spec;
    }

    @Override
    public int run(CommandContext context) throws IOException {
        PrintStream out = context.terminal().out();
        try (Shelf shelf = context.choice().open();
                VectorSearch search = VectorSearch.over(shelf)) {
            return switch (action.<String>getValue()) {
                case "build" -> build(context, search);
                case "list" -> list(context, search);
                case "drop" -> drop(search, context);
                case "evaluate" -> evaluate(search, out);
                default ->
                        throw new ParameterException(
                                spec.commandLine(),
                                "unknown action: action="
                                        + action.getValue()
                                        + ", known=build list drop evaluate");
            };
        }
    }

    private String table() {
        String given = name.getValue();
        if (given == null) {
            throw new ParameterException(spec.commandLine(), "name a table");
        }
        return given;
    }

    private BuildRequest request() {
        return new BuildRequest(
                table(),
                SearchCommand.names(columns.getValue()),
                Metric.parse(orElse(metric.getValue(), "l2")),
                IndexKind.parse(orElse(index.getValue(), "auto")),
                new IndexSettings(
                        (int) Math.min(lists.<Long>getValue(), Integer.MAX_VALUE),
                        Storage.parse(orElse(storage.getValue(), "auto"))));
    }

    private static String orElse(@Nullable String given, String otherwise) {
        return given == null ? otherwise : given;
    }

    private int build(CommandContext context, VectorSearch search) throws IOException {
        PrintStream out = context.terminal().out();
        BuildRequest request = request();
        long begin = System.nanoTime();
        IndexBuilding.run(context, search, request);
        long nanos = System.nanoTime() - begin;
        IndexInfo built = search.build(request, new BuildProgress());
        out.println(
                built.kind().text()
                        + " of "
                        + Figures.counted(built.size().points(), "point")
                        + ", "
                        + new ByteSize(built.size().bytes())
                        + ", "
                        + built.settings()
                        + ", in "
                        + Figures.time(nanos));
        if (built.size().skipped() > 0) {
            out.println(Figures.counted(built.size().skipped(), "row") + " without a vector");
        }
        return ExitCode.OK;
    }

    private static int list(CommandContext context, VectorSearch search) throws IOException {
        TextTable rows =
                new TextTable(
                        List.of(
                                new TextTable.Column("table", false),
                                new TextTable.Column("columns", false),
                                new TextTable.Column("metric", false),
                                new TextTable.Column("index", false),
                                new TextTable.Column("points", true),
                                new TextTable.Column("size", true),
                                new TextTable.Column("settings", false)));
        for (IndexInfo each : search.indexes()) {
            rows.add(
                    List.of(
                            each.table(),
                            String.join(",", each.columns()),
                            each.metric().text(),
                            each.kind().text(),
                            Figures.grouped(each.size().points()),
                            new ByteSize(each.size().bytes()).toString(),
                            each.settings()));
        }
        rows.print(context.terminal().out());
        Optional<Path> daemon = context.choice().daemon();
        if (daemon.isPresent()) {
            try (IndexPort port = IndexPort.connect(daemon.get())) {
                printBuilds(port.builds(), context.terminal().out());
            }
        }
        return ExitCode.OK;
    }

    private static void printBuilds(List<OwnerBuild> builds, PrintStream out) {
        for (OwnerBuild build : builds) {
            if (!build.isOver()) {
                out.println(
                        "%s of %s is being built: %s, %d %%"
                                .formatted(
                                        build.index(),
                                        build.table(),
                                        build.phase(),
                                        (int) (build.share() * 100)));
            }
        }
    }

    private int drop(VectorSearch search, CommandContext context) {
        int dropped = search.drop(table());
        if (dropped == 0) {
            ErrorReport.printLine(context.terminal().err(), "no index: name=" + table());
            return ExitCode.USER;
        }
        return ExitCode.OK;
    }

    private int evaluate(VectorSearch search, PrintStream out) {
        TextTable rows =
                new TextTable(
                        List.of(
                                new TextTable.Column("index", false),
                                new TextTable.Column("setting", true),
                                new TextTable.Column("recall", true),
                                new TextTable.Column("a query", true)));
        int count = (int) Math.min(samples.<Long>getValue(), Integer.MAX_VALUE);
        for (Evaluation each : search.evaluate(request(), count, NEIGHBOURS)) {
            rows.add(
                    List.of(
                            each.index().text(),
                            Integer.toString(each.setting()),
                            Figures.decimal(each.recall(), 4),
                            Figures.time(Math.round(each.micros() * 1000))));
        }
        rows.print(out);
        return ExitCode.OK;
    }
}
