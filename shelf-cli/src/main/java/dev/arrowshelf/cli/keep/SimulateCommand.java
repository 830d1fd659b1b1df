package dev.arrowshelf.cli.keep;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.text.TextTable;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.evict.TraceReplay;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PolicyKind;
import dev.arrowshelf.store.model.ShelfException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `simulate`: replays a trace of accesses against every eviction policy.
public final class SimulateCommand implements Subcommand {
    private static final int[] PERCENT = {10, 50};

    private final PositionalParamSpec trace =
            Options.parameter(
                    "0",
                    "TRACE",
                    "A text file, a name and a size in bytes on each line: `server --record-trace` writes one.");
    private final OptionSpec memory =
            Options.size(
                    "--memory", "Memory to simulate (default: a tenth and a half of all tables).");

    @Override
    public CommandSpec spec() {
        return Options.command(
                        this,
                        "simulate",
                        "Replays accesses against every eviction policy, and prints how many of them, and of their bytes, memory would"
                                + " have answered.")
                .addPositional(trace)
                .addOption(memory);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        List<TraceReplay.Access> accesses = read(Path.of(trace.<String>getValue()));
        long all = TraceReplay.distinctBytes(accesses);
        ByteSize wanted = memory.getValue();
        List<Long> sizes = new ArrayList<>();
        if (wanted != null) {
            sizes.add(wanted.bytes());
        } else {
            for (int percent : PERCENT) {
                sizes.add(Math.max(1, all * percent / 100));
            }
        }
        TextTable table =
                new TextTable(
                        List.of(
                                new TextTable.Column("memory", true),
                                new TextTable.Column("policy", false),
                                new TextTable.Column("hits", true),
                                new TextTable.Column("bytes", true)));
        for (long size : sizes) {
            for (PolicyKind kind : PolicyKind.values()) {
                TraceReplay.Outcome outcome = TraceReplay.run(accesses, kind, size);
                table.add(
                        List.of(
                                new ByteSize(size).toString(),
                                kind.text(),
                                "%.2f %%".formatted(100 * outcome.hitRatio()),
                                "%.2f %%".formatted(100 * outcome.byteHitRatio())));
            }
        }
        table.print(context.terminal().out());
        return ExitCode.OK;
    }

    private static List<TraceReplay.Access> read(Path file) throws IOException {
        List<TraceReplay.Access> accesses = new ArrayList<>();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                String text = line.strip();
                if (!text.isEmpty() && !text.startsWith("#")) {
                    accesses.add(access(text, number));
                }
            }
        }
        return accesses;
    }

    private static TraceReplay.Access access(String text, int number) {
        int cut = Math.max(text.lastIndexOf(' '), text.lastIndexOf('\t'));
        try {
            return new TraceReplay.Access(
                    text.substring(0, Math.max(cut, 0)).strip(),
                    Long.parseLong(text.substring(cut + 1)));
        } catch (IllegalArgumentException malformed) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "line is no name and size: line=" + number + ", text=" + text,
                    malformed);
        }
    }
}
