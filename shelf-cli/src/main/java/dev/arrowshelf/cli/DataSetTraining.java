package dev.arrowshelf.cli;

import dev.arrowshelf.redis.process.PrivateRedis;
import java.io.IOException;
import java.nio.file.Path;

/// The training run behind the launcher's AOT cache of what works on data sets: gen, split, read
/// and verify in one process, with a Redis of its own, often enough that the cache notes which code
/// is hot. What a command answers, even a failure, does not matter.
final class DataSetTraining {
    private static final int ROUNDS = 4;
    private static final byte[] NOTHING = {};

    private DataSetTraining() {}

    /// Takes an empty folder.
    public static void main(String[] arguments) throws IOException {
        Logging.configure();
        Path folder = Path.of(arguments[0]);
        String file = folder.resolve("data.arrow").toString();
        String back = folder.resolve("back.arrow").toString();
        run("gen", "--out", file, "--partitions", "8", "--rows", "50000", "--dict-strings");
        run("local-read", "--inp", file);
        try (PrivateRedis redis = PrivateRedis.start()) {
            String at = "--redis-url=" + redis.url();
            for (int round = 0; round < ROUNDS; round++) {
                run("split", at, "--inp", file, "--prefix", "training", "--json");
                run("read", at, "--prefix", "training");
                run("read", at, "--prefix", "training", "--out", back, "--json");
            }
            run("verify", "--file1", file, "--file2", back);
            run("redis-list", at);
            run("redis-delete", at, "training");
        }
    }

    private static void run(String... line) {
        AotTraining.run(NOTHING, line);
    }
}
