package dev.arrowshelf.cli.redis;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.cli.text.JsonText;
import dev.arrowshelf.cli.text.PrintableText;
import dev.arrowshelf.cli.text.Terminal;
import dev.arrowshelf.redis.DataSets;
import dev.arrowshelf.redis.layout.Manifest;
import java.io.IOException;
import java.util.SortedMap;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// `redis-list`: lists the data sets in Redis.
public final class RedisListCommand implements Subcommand {
    private final RedisConnection connection = new RedisConnection();
    private final OptionSpec json = Options.flag("Prints a JSON array.", "--json");

    @Override
    public CommandSpec spec() {
        return connection.addTo(
                Options.command(this, "redis-list", "Lists the data sets in Redis.")
                        .addOption(json));
    }

    @Override
    public int run(CommandContext context) throws IOException {
        Terminal terminal = context.terminal();
        SortedMap<String, Manifest> all;
        try (DataSets sets = connection.connect(terminal)) {
            all = sets.list();
        }
        if (json.<Boolean>getValue()) {
            JsonText text = new JsonText().beginArray();
            all.forEach(
                    (prefix, manifest) -> DataSetFacts.write(prefix, manifest, text).endObject());
            terminal.out().println(text.endArray());
            return ExitCode.OK;
        }
        all.forEach((prefix, manifest) ->
                terminal.out()
                        .println(
                                PrintableText.of(prefix)
                                        + "  "
                                        + Figures.counted(manifest.rows(), "row")
                                        + ", "
                                        + Figures.counted(manifest.partitions().size(), "partition")
                                        + ", "
                                        + Figures.counted(manifest.chunks(), "chunk")
                                        + ", "
                                        + Lines.size(manifest.bytes())));
        return ExitCode.OK;
    }
}
