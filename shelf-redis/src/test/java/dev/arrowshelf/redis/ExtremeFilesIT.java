package dev.arrowshelf.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.redis.layout.Layout;
import dev.arrowshelf.redis.layout.PartitionRule;
import dev.arrowshelf.redis.link.RedisOptions;
import dev.arrowshelf.redis.process.PrivateRedis;
import dev.arrowshelf.redis.read.ReadOptions;
import dev.arrowshelf.redis.read.ReadTarget;
import dev.arrowshelf.redis.split.SplitOptions;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Files of very many batches, and of one that is longer than a value of Redis may be.
final class ExtremeFilesIT {
    private static final int MANY = 100_000;
    private static final int LONG_ROWS = 68_000_000;

    private static PrivateRedis redis;
    private static DataSets sets;

    @RegisterExtension private final TemporaryShelf temporary = new TemporaryShelf();

    @BeforeAll
    static void start() throws IOException {
        redis = PrivateRedis.start();
        sets = DataSets.connect(RedisOptions.of(redis.url()));
    }

    @AfterAll
    static void stop() {
        sets.close();
        redis.close();
    }

    @Test
    void aHundredThousandBatchesTravelInFewChunks() throws IOException {
        Path file = write(MANY, 1);
        SplitOptions whole = SplitOptions.of("many").withSplitBy(new PartitionRule("", 0, MANY));
        assertThat(sets.split(file, whole).manifest().chunks()).isLessThan(100);
        assertThat(sets.read(ReadOptions.of("many"), ReadTarget.nowhere()).rows()).isEqualTo(MANY);
        sets.delete("many");
    }

    @Test
    void aBatchLongerThanAValueIsCutOrRefusedBeforeAnythingIsWritten() throws IOException {
        Path file = write(1, LONG_ROWS);
        SplitOptions options = SplitOptions.of("long").withSplitBy(new PartitionRule("", 0, 1));
        assertThatThrownBy(() -> sets.split(file, options.withLayout(Layout.ARROWREDIS)))
                .extracting(failure -> ((ShelfException) failure).code())
                .isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(sets.list()).isEmpty();

        assertThat(sets.split(file, options).manifest().chunks()).isGreaterThan(8);
        assertThat(sets.read(ReadOptions.of("long"), ReadTarget.nowhere()).rows())
                .isEqualTo(LONG_ROWS);
        sets.delete("long");
    }

    private Path write(int batches, int rows) throws IOException {
        Path file = temporary.scratch().resolve("source");
        try (BufferAllocator allocator = new RootAllocator();
                BigIntVector values = new BigIntVector("v", allocator);
                VectorSchemaRoot root = new VectorSchemaRoot(List.of(values));
                FileChannel channel =
                        FileChannel.open(
                                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                ArrowFileWriter writer = new ArrowFileWriter(root, null, channel)) {
            values.allocateNew(rows);
            values.setValueCount(rows);
            writer.start();
            for (int batch = 0; batch < batches; batch++) {
                values.set(0, batch);
                root.setRowCount(rows);
                writer.writeBatch();
            }
            writer.end();
        }
        return file;
    }
}
