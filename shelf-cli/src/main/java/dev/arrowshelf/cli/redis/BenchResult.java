package dev.arrowshelf.cli.redis;

import dev.arrowshelf.cli.text.JsonText;
import dev.arrowshelf.redis.gen.GenOptions;
import dev.arrowshelf.redis.read.ReadReport;
import dev.arrowshelf.redis.split.SplitReport;
import java.time.Duration;
import java.util.Optional;

/// What one size of the suite took.
///
/// @param size which
/// @param fileBytes length of its file
/// @param gen time to make the file
/// @param split what splitting it did
/// @param read what reading it did
/// @param local reading the file itself
/// @param verified what comparing with what was read back found, where that was asked for
record BenchResult(
        BenchSize size,
        long fileBytes,
        Duration gen,
        SplitReport split,
        ReadReport read,
        Local local,
        Optional<Verified> verified) {

    /// Reading the file itself.
    record Local(long rows, Duration time) {}

    /// Comparing.
    record Verified(boolean same, Duration time) {}

    /// Returns the time of the three steps that the suite adds up.
    Duration total() {
        return gen.plus(split.time()).plus(read.times().total());
    }

    /// Writes the object of the suite's JSON output.
    void write(JsonText json) {
        GenOptions options = size.options();
        json.beginObject().name("config").beginObject();
        json.field("name", size.name())
                .field("target_size_mb", size.megabytes())
                .field("partitions", options.partitions())
                .field("batches", options.batches())
                .field("rows", options.rows())
                .field("compression", options.compression().text())
                .name("dict_strings")
                .value(options.strings().dictionary())
                .field("string_cardinality", options.strings().cardinality())
                .endObject();
        number(json, "gen_time_sec", seconds(gen));
        number(json, "gen_file_size_mb", fileBytes / (double) (1 << 20));
        number(json, "gen_throughput_mb_sec", Lines.megabytesPerSecond(fileBytes, gen));
        number(json, "gen_throughput_rows_sec", Lines.perSecond(options.allRows(), gen));
        number(json, "split_time_sec", seconds(split.time()));
        json.field("split_chunks", split.manifest().chunks());
        number(json, "split_throughput_mb_sec", Lines.megabytesPerSecond(fileBytes, split.time()));
        Duration readTime = read.times().total();
        number(json, "read_time_sec", seconds(readTime));
        number(json, "read_fetch_time_sec", seconds(readTime));
        number(json, "read_parse_time_sec", seconds(read.times().parse()));
        json.field("read_rows", read.rows());
        number(json, "read_throughput_mb_sec", Lines.megabytesPerSecond(fileBytes, readTime));
        number(json, "total_time_sec", seconds(total()));
        number(json, "local_read_time_sec", seconds(local.time()));
        number(
                json,
                "local_read_throughput_mb_sec",
                Lines.megabytesPerSecond(fileBytes, local.time()));
        json.field("local_read_rows", local.rows());
        json.name("verification_enabled").value(verified.isPresent());
        json.name("verification_passed").value(verified.map(Verified::same).orElse(false));
        number(json, "verification_time_sec", verified.map(it -> seconds(it.time())).orElse(0.0));
        json.endObject();
    }

    private static void number(JsonText json, String name, double value) {
        json.name(name).value(value);
    }

    private static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }
}
