package dev.arrowshelf.cli.command;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.SearchSource;
import dev.arrowshelf.cli.line.SqlSource;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.line.TableSource;
import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.cli.text.JsonText;
import dev.arrowshelf.cli.text.TextTable;
import dev.arrowshelf.client.config.Address;
import dev.arrowshelf.client.search.SearchPort;
import dev.arrowshelf.server.search.RowCondition;
import dev.arrowshelf.sql.SqlEngine;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.vector.VectorSearch;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.RowFilter;
import dev.arrowshelf.vector.model.SearchAnswer;
import dev.arrowshelf.vector.model.SearchRequest;
import dev.arrowshelf.vector.points.PointTable;
import dev.arrowshelf.vector.points.Vectors;
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

/// `search`: the nearest rows of vectors. The daemon is asked where one runs, also on another host:
/// its code is warm, and the index that it builds stays. Without one the tables are searched in
/// place; an index that is stored is used.
public final class SearchCommand implements Subcommand {
    private static final int MOST_SHOWN = 1000;

    private final PositionalParamSpec name = Options.parameter("0", "NAME", "The table's name.");
    private final OptionSpec query =
            Options.text("--query", "N,N,...", "A vector; several with semicolons between them.");
    private final OptionSpec queries =
            Options.text("--queries", "NAME", "A table of the shelf whose rows are the queries.");
    private final OptionSpec neighbours =
            Options.number("--neighbours", "K", 10, "Rows for each query (default: 10).");
    private final OptionSpec radius =
            Options.text("--radius", "DISTANCE", "All rows within a distance, instead of K.");
    private final OptionSpec columns =
            Options.text(
                    "--columns",
                    "NAME,...",
                    "One column of lists, or columns of numbers, one a dimension.");
    private final OptionSpec metric =
            Options.text("--metric", "METRIC", "l2 (default), ip, cosine or haversine.");
    private final OptionSpec index =
            Options.text("--index", "INDEX", "auto (default), exact, kd, ivf or hnsw.");
    private final OptionSpec recall =
            Options.text("--recall", "SHARE", "Share of the true neighbours wanted, like 0.95.");
    private final OptionSpec filter =
            Options.text("--filter", "NAME", "A boolean column that must be true.");
    private final OptionSpec where =
            Options.text(
                    "--where", "SQL", "A condition over the table's columns, like \"y > 0.5\".");
    private final OptionSpec here =
            Options.flag("Searches in this process also where a daemon runs.", "--here");
    private final OptionSpec json = Options.flag("Prints a JSON object.", "--json");
    private final OptionSpec summary =
            Options.flag("Prints a JSON object about the answer, without its rows.", "--summary");
    private final CommandSpec spec =
            Options.command(
                            this,
                            "search",
                            "Finds the rows whose vectors are nearest to others, and says how.")
                    .addPositional(name)
                    .addOption(query)
                    .addOption(queries)
                    .addOption(neighbours)
                    .addOption(radius)
                    .addOption(columns)
                    .addOption(metric)
                    .addOption(index)
                    .addOption(recall)
                    .addOption(filter)
                    .addOption(where)
                    .addOption(here)
                    .addOption(json)
                    .addOption(summary);

    @Override
    public CommandSpec spec() {
        return spec;
    }

    @Override
    public int run(CommandContext context) throws IOException {
        String typed = query.getValue();
        String table = queries.getValue();
        if ((typed == null) == (table == null)) {
            throw new ParameterException(spec.commandLine(), "give --query or --queries");
        }
        if (filter.getValue() != null && where.getValue() != null) {
            throw new ParameterException(spec.commandLine(), "give --filter or --where");
        }
        long begin = System.nanoTime();
        SearchAnswer found =
                here.<Boolean>getValue()
                        ? inPlace(context, typed, String.valueOf(table))
                        : whereTheTableIs(context, typed, String.valueOf(table));
        print(found, System.nanoTime() - begin, context.terminal().out());
        return ExitCode.OK;
    }

    private SearchAnswer whereTheTableIs(
            CommandContext context, @Nullable String typed, String table) throws IOException {
        Optional<Path> daemon = context.choice().daemon();
        if (daemon.isPresent()) {
            return ofTheDaemon(OwnerSearch.connect(daemon.get()), typed, table);
        }
        Optional<Address> elsewhere = context.choice().elsewhere();
        return elsewhere.isPresent()
                ? ofTheDaemon(OwnerSearch.connect(elsewhere.get()), typed, table)
                : inPlace(context, typed, table);
    }

    /// Takes over the connection.
    private SearchAnswer ofTheDaemon(OwnerSearch daemon, @Nullable String typed, String table) {
        try (OwnerSearch search = daemon) {
            SearchPort.Queries wanted =
                    typed == null
                            ? new SearchPort.Queries.Rows(table)
                            : vectors(typed).forTheOwner();
            String distance = radius.getValue();
            return distance != null
                    ? search.within(request(), where.getValue(), wanted, number(distance))
                    : search.nearest(request(), where.getValue(), wanted, places());
        }
    }

    private SearchAnswer inPlace(CommandContext context, @Nullable String typed, String table)
            throws IOException {
        try (TableSource tables = context.choice().openTables();
                VectorSearch search = SearchSource.open(tables)) {
            if (typed != null) {
                return among(tables, search, vectors(typed).here());
            }
            try (PointTable rows = search.vectors(table)) {
                return among(tables, search, rows);
            }
        }
    }

    private SearchAnswer among(TableSource tables, VectorSearch search, Vectors wanted) {
        String condition = where.getValue();
        if (condition == null) {
            return answer(search, request(), wanted);
        }
        try (SqlEngine engine = SqlSource.open(tables)) {
            return new RowCondition(condition)
                    .search(
                            engine,
                            name -> generation(tables, name),
                            request(),
                            limited -> answer(search, limited, wanted));
        }
    }

    private static long generation(TableSource tables, String name) {
        try (ShelfTable table = tables.get(name)) {
            return table.generation();
        }
    }

    private SearchAnswer answer(VectorSearch search, SearchRequest request, Vectors wanted) {
        String distance = radius.getValue();
        return distance != null
                ? search.within(request, wanted, number(distance))
                : search.nearest(request, wanted, places());
    }

    private int places() {
        return (int) Math.min(neighbours.<Long>getValue(), Integer.MAX_VALUE);
    }

    private SearchRequest request() {
        SearchRequest request =
                new SearchRequest(
                        name.getValue(),
                        names(columns.getValue()),
                        Metric.parse(orElse(metric.getValue(), "l2")),
                        IndexKind.parse(orElse(index.getValue(), "auto")),
                        RowFilter.ALL,
                        number(orElse(recall.getValue(), "0")));
        String passing = filter.getValue();
        return passing == null ? request : request.withFilter(RowFilter.column(passing));
    }

    static List<String> names(@Nullable String joined) {
        return joined == null ? List.of() : List.of(joined.split(",", -1));
    }

    private static String orElse(@Nullable String given, String otherwise) {
        return given == null ? otherwise : given;
    }

    private double number(String text) {
        try {
            return Double.parseDouble(text.strip());
        } catch (NumberFormatException _) {
            throw new ParameterException(spec.commandLine(), "not a number: text=" + text);
        }
    }

    private Typed vectors(String typed) {
        String[] rows = typed.split(";", -1);
        int dimensions = rows[0].split(",", -1).length;
        double[] values = new double[rows.length * dimensions];
        for (int row = 0; row < rows.length; row++) {
            String[] numbers = rows[row].split(",", -1);
            if (numbers.length != dimensions) {
                throw new ParameterException(
                        spec.commandLine(), "vectors are of different lengths: " + typed);
            }
            for (int e = 0; e < dimensions; e++) {
                values[row * dimensions + e] = number(numbers[e]);
            }
        }
        return new Typed(values, dimensions);
    }

    /// Vectors as they were typed, one after the other.
    @SuppressWarnings("ArrayRecordComponent")
    private record Typed(double[] values, int dimensions) {
        Vectors here() {
            return Vectors.of(values, dimensions);
        }

        SearchPort.Queries forTheOwner() {
            return new SearchPort.Queries.Vectors(values, dimensions);
        }
    }

    private void print(SearchAnswer found, long nanos, PrintStream out) {
        if (summary.<Boolean>getValue()) {
            printSummary(found, nanos, out);
            return;
        }
        if (json.<Boolean>getValue()) {
            printJson(found, out);
            return;
        }
        TextTable rows =
                new TextTable(
                        List.of(
                                new TextTable.Column("query", true),
                                new TextTable.Column("row", true),
                                new TextTable.Column("distance", true)));
        int shown = 0;
        for (int number = 0; number < found.queries() && shown < MOST_SHOWN; number++) {
            int count = found.count(number);
            for (int place = 0; place < count; place++) {
                rows.add(
                        List.of(
                                Integer.toString(number),
                                Long.toString(found.id(number, place)),
                                Float.toString(found.distance(number, place))));
                shown++;
            }
        }
        rows.print(out);
        out.println(
                "queries: "
                        + Figures.grouped(found.queries())
                        + ", in "
                        + Figures.time(nanos)
                        + " by "
                        + found.facts().index().text()
                        + ": "
                        + found.facts().reason());
        long skipped = found.facts().skippedRows();
        if (skipped > 0) {
            out.println(Figures.counted(skipped, "row") + " without a vector");
        }
    }

    private static JsonText beginFacts(SearchAnswer found) {
        JsonText text = new JsonText().beginObject();
        text.field("index", found.facts().index().text());
        text.field("reason", found.facts().reason());
        text.field("searched_rows", found.facts().searchedRows());
        text.field("skipped_rows", found.facts().skippedRows());
        return text;
    }

    private static void printSummary(SearchAnswer found, long nanos, PrintStream out) {
        long rows = 0;
        double sum = 0;
        for (int number = 0; number < found.queries(); number++) {
            int count = found.count(number);
            rows += count;
            for (int place = 0; place < count; place++) {
                sum += found.distance(number, place);
            }
        }
        JsonText text = beginFacts(found);
        text.field("queries", found.queries());
        text.field("found_rows", rows);
        text.name("mean_distance").value(rows == 0 ? 0 : sum / rows);
        text.name("millis").value(nanos / 1e6);
        out.println(text.endObject());
    }

    private static void printJson(SearchAnswer found, PrintStream out) {
        JsonText text = beginFacts(found);
        text.name("neighbours").beginArray();
        for (int number = 0; number < found.queries(); number++) {
            int count = found.count(number);
            for (int place = 0; place < count; place++) {
                text.beginObject();
                text.field("query", number);
                text.field("row", found.id(number, place));
                text.name("distance").value((double) found.distance(number, place));
                text.endObject();
            }
        }
        out.println(text.endArray().endObject());
    }
}
