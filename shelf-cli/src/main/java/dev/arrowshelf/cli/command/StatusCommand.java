package dev.arrowshelf.cli.command;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.cli.text.JsonText;
import dev.arrowshelf.cli.text.PrintableText;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.model.MemoryUsage;
import dev.arrowshelf.store.model.ShelfStatus;
import java.io.IOException;
import java.io.PrintStream;
import java.util.TreeMap;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// `status`: who owns the shelf, where its bytes are, what the kernel offers, what the operator
/// should know.
public final class StatusCommand implements Subcommand {
    private final OptionSpec json = Options.flag("Prints a JSON object.", "--json");

    @Override
    public CommandSpec spec() {
        return Options.command(
                        this,
                        "status",
                        "Shows the owner, the memory and the features of the shelf.")
                .addOption(json);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        ShelfStatus status = context.choice().status();
        PrintStream out = context.terminal().out();
        if (json.<Boolean>getValue()) {
            printJson(status, out);
        } else {
            print(status, out);
        }
        return ExitCode.OK;
    }

    private static void print(ShelfStatus status, PrintStream out) {
        MemoryUsage memory = status.memory();
        out.println("directory   " + PrintableText.of(status.directory()));
        out.println(
                "owner       "
                        + (status.ownerPid() == 0 ? "none" : "process " + status.ownerPid()));
        out.println(
                "address     "
                        + (status.address().isEmpty()
                                ? "none (no daemon)"
                                : PrintableText.of(status.address())));
        out.println("tables      " + Figures.grouped(status.tables()));
        out.println(
                "memory      "
                        + size(memory.used())
                        + " of "
                        + size(memory.limit())
                        + (memory.limitedBy().isEmpty()
                                ? ""
                                : " (limit: " + PrintableText.of(memory.limitedBy()) + ")"));
        out.println("  resident  " + size(memory.resident()));
        out.println("  writing   " + size(memory.writing()));
        out.println("  pool      " + size(memory.pool()));
        out.println("  unlinked  " + size(memory.unlinked()));
        out.println("spilled     " + size(memory.spilled()));
        out.println("evicted     " + Figures.grouped(status.traffic().evicted()) + " partitions");
        out.println("  to disk   " + size(status.traffic().spilledBytes()));
        out.println("  came back " + size(status.traffic().restoredBytes()));
        out.println("free        " + size(memory.fileSystemFree()) + " of the file system");
        new TreeMap<>(status.features())
                .forEach((name, state) ->
                        out.println("feature     " + name + ": " + PrintableText.of(state)));
        status.warnings()
                .forEach(warning -> out.println("warning     " + PrintableText.of(warning)));
    }

    private static void printJson(ShelfStatus status, PrintStream out) {
        MemoryUsage memory = status.memory();
        JsonText json =
                new JsonText()
                        .beginObject()
                        .field("directory", status.directory())
                        .field("address", status.address())
                        .field("owner_pid", status.ownerPid())
                        .field("tables", status.tables())
                        .field("limit_bytes", memory.limit())
                        .field("limited_by", memory.limitedBy())
                        .field("resident_bytes", memory.resident())
                        .field("writing_bytes", memory.writing())
                        .field("pool_bytes", memory.pool())
                        .field("unlinked_bytes", memory.unlinked())
                        .field("spilled_bytes", memory.spilled())
                        .field("evicted", status.traffic().evicted())
                        .field("spilled_ever_bytes", status.traffic().spilledBytes())
                        .field("restored_ever_bytes", status.traffic().restoredBytes())
                        .field("file_system_free_bytes", memory.fileSystemFree());
        json.name("features").beginObject();
        new TreeMap<>(status.features()).forEach(json::field);
        json.endObject().name("warnings").beginArray();
        status.warnings().forEach(json::value);
        out.println(json.endArray().endObject());
    }

    private static String size(long bytes) {
        return new ByteSize(bytes).toString();
    }
}
