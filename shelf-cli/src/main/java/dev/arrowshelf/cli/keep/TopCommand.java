package dev.arrowshelf.cli.keep;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Seconds;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.cli.text.TextTable;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.MemoryUsage;
import dev.arrowshelf.store.model.ShelfStatus;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.model.TableInfo;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// `top`: what is on the shelf and what moves, again and again until it is interrupted.
public final class TopCommand implements Subcommand {
    private static final String CLEAR = "\033[H\033[2J";
    private static final Duration USUAL_INTERVAL = Duration.ofSeconds(2);

    private final OptionSpec interval =
            Options.text("--interval", "SECONDS", "Time between two looks (default: 2).");
    private final OptionSpec looks =
            Options.number("--looks", "N", 0, "Ends after that many looks (default: never).");
    private final OptionSpec rows =
            Options.number("--rows", "N", 20, "Shows that many tables, the largest.");

    private @Nullable Look before;

    /// What was seen at a time.
    private record Look(long nanos, ShelfStatus.Traffic traffic, Map<Long, Long> uses) {}

    @Override
    public CommandSpec spec() {
        return Options.command(
                        this,
                        "top",
                        "Shows the shelf's memory, its largest tables, how they are used and what is evicted, again and again.")
                .addOption(interval)
                .addOption(looks)
                .addOption(rows);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        Duration pause = Seconds.parse("--interval", interval.getValue()).orElse(USUAL_INTERVAL);
        long left = looks.<Long>getValue();
        boolean forEver = left == 0;
        PrintStream out = context.terminal().out();
        try (Shelf shelf = context.choice().open()) {
            while (true) {
                if (forEver && context.terminal().errIsTerminal()) {
                    out.print(CLEAR);
                }
                show(shelf, out);
                out.flush();
                if (out.checkError() || (!forEver && --left == 0) || !await(pause)) {
                    return ExitCode.OK;
                }
            }
        }
    }

    /// Waits; false when this thread is told to stop.
    private static boolean await(Duration pause) {
        try {
            return !new CountDownLatch(1).await(pause.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) { // the end
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void show(Shelf shelf, PrintStream out) {
        ShelfStatus status = shelf.status();
        Look last = before;
        Map<Long, Long> uses = new HashMap<>();
        MemoryUsage memory = status.memory();
        out.println(
                "memory %s of %s   resident %s   writing %s   pool %s   unlinked %s   spilled %s"
                        .formatted(
                                size(memory.used()),
                                size(memory.limit()),
                                size(memory.resident()),
                                size(memory.writing()),
                                size(memory.pool()),
                                size(memory.unlinked()),
                                size(memory.spilled())));
        long now = System.nanoTime();
        out.println(
                "tables %s   evicted %s   to disk %s   back %s"
                        .formatted(
                                Figures.grouped(status.tables()),
                                Figures.grouped(status.traffic().evicted()),
                                rate(last, now, status.traffic(), true),
                                rate(last, now, status.traffic(), false)));
        status.warnings().forEach(warning -> out.println("warning " + warning));
        out.println();
        tables(shelf, last, uses).print(out);
        out.println();
        before = new Look(now, status.traffic(), uses);
    }

    /// Bytes a second since the last look, or all there were.
    private static String rate(
            @Nullable Look last, long now, ShelfStatus.Traffic traffic, boolean out) {
        long bytes = out ? traffic.spilledBytes() : traffic.restoredBytes();
        if (last == null) {
            return size(bytes);
        }
        long earlier = out ? last.traffic().spilledBytes() : last.traffic().restoredBytes();
        double seconds = Math.max(1, now - last.nanos()) / 1e9;
        return size((long) (Math.max(0, bytes - earlier) / seconds)) + "/s";
    }

    private TextTable tables(Shelf shelf, @Nullable Look last, Map<Long, Long> uses) {
        TextTable table =
                new TextTable(
                        List.of(
                                new TextTable.Column("table", false),
                                new TextTable.Column("rows", true),
                                new TextTable.Column("size", true),
                                new TextTable.Column("partitions", true),
                                new TextTable.Column("on disk", true),
                                new TextTable.Column("uses", true),
                                new TextTable.Column("new uses", true),
                                new TextTable.Column("unused for", true)));
        long now = System.currentTimeMillis();
        shelf.list().stream()
                .sorted(Comparator.comparingLong(TableInfo::bytes).reversed())
                .limit(rows.<Long>getValue())
                .forEach(info -> {
                    TableDetails details = shelf.details(info.name());
                    if (details == null) {
                        return; // gone meanwhile
                    }
                    long generation = details.info().generation();
                    uses.put(generation, details.uses());
                    long fresh =
                            last == null
                                    ? details.uses()
                                    : details.uses() - last.uses().getOrDefault(generation, 0L);
                    table.add(
                            List.of(
                                    info.name(),
                                    Figures.grouped(info.rows()),
                                    size(info.bytes()),
                                    Integer.toString(info.partitions()),
                                    Integer.toString(details.spilledPartitions()),
                                    Figures.grouped(details.uses()),
                                    Figures.grouped(Math.max(0, fresh)),
                                    Figures.age(
                                            Duration.ofMillis(
                                                    Math.max(0, now - details.lastUseMillis())))));
                });
        return table;
    }

    private static String size(long bytes) {
        return new ByteSize(bytes).toString();
    }
}
