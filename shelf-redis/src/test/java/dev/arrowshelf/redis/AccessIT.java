package dev.arrowshelf.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.redis.gen.DataSetGenerator;
import dev.arrowshelf.redis.gen.GenOptions;
import dev.arrowshelf.redis.ipc.Compression;
import dev.arrowshelf.redis.link.RedisOptions;
import dev.arrowshelf.redis.process.PrivateRedis;
import dev.arrowshelf.redis.progress.Progress;
import dev.arrowshelf.redis.read.ReadOptions;
import dev.arrowshelf.redis.read.ReadTarget;
import dev.arrowshelf.redis.split.SplitOptions;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The ways to a Redis: by TLS, as a user of few rights, through a proxy, by a database's number.
final class AccessIT {
    private static final RedisOptions.RetryOptions HASTY =
            new RedisOptions.RetryOptions(2, Duration.ofMillis(20), Duration.ofMillis(100));

    @TempDir private Path folder;
    private Path file;

    @BeforeEach
    void generate() throws IOException {
        file = folder.resolve("source.arrow");
        new DataSetGenerator(
                        new GenOptions(
                                2,
                                2,
                                3000,
                                Compression.NONE,
                                new GenOptions.Strings(true, 500),
                                9,
                                2),
                        new Progress())
                .write(file);
    }

    private void roundTrip(RedisOptions options) throws IOException {
        try (DataSets sets = DataSets.connect(options.withRetry(HASTY))) {
            long rows = sets.split(file, SplitOptions.of("data")).manifest().rows();
            assertThat(sets.read(ReadOptions.of("data"), ReadTarget.nowhere()).rows())
                    .isEqualTo(rows)
                    .isEqualTo(12_000);
            sets.delete("data");
        }
    }

    @Test
    void byTlsWithACertificateOfTheClientsOwn() throws IOException {
        Certificates server = Certificates.of(folder, "server");
        Certificates client = Certificates.of(folder, "client");
        int port = PrivateRedis.freePort();
        try (PrivateRedis _ =
                PrivateRedis.start(
                        "--tls-port",
                        Integer.toString(port),
                        "--tls-cert-file",
                        server.certificate().toString(),
                        "--tls-key-file",
                        server.key().toString(),
                        "--tls-ca-cert-file",
                        client.certificate().toString(),
                        "--tls-auth-clients",
                        "yes")) {
            RedisOptions plain = RedisOptions.of("rediss://127.0.0.1:" + port).withRetry(HASTY);
            String ca = server.certificate().toString();
            String own = client.certificate().toString();
            String key = client.key().toString();
            roundTrip(plain.withTls(new RedisOptions.Tls(ca, own, key, true)));
            roundTrip(plain.withTls(new RedisOptions.Tls("", own, key, false)));
            roundTrip(
                    RedisOptions.of(
                            "rediss://127.0.0.1:%d?ssl_ca_certs=%s&ssl_certfile=%s&ssl_keyfile=%s"
                                    .formatted(port, ca, own, key)));

            refused(plain.withTls(new RedisOptions.Tls("", own, key, true)));
            refused(plain.withTls(new RedisOptions.Tls(own, own, key, true)));
            // The name that is asked for is not in the certificate.
            refused(
                    RedisOptions.of("rediss://localhost:" + port)
                            .withRetry(HASTY)
                            .withTls(new RedisOptions.Tls(ca, own, key, true)));
        }
    }

    private static void refused(RedisOptions options) {
        assertThatThrownBy(() -> DataSets.connect(options))
                .hasMessageContaining("TLS with Redis failed")
                .extracting(failure -> ((ShelfException) failure).code())
                .isEqualTo(ErrorCode.FORBIDDEN);
    }

    @Test
    void asAUserOfFewRights() throws IOException {
        try (PrivateRedis redis =
                PrivateRedis.start(
                        "--user", "reader", "on", ">secret", "~data:*", "+@all", "-set", "-eval")) {
            String url = redis.url().replace("//", "//reader:secret@");
            try (DataSets sets = DataSets.connect(RedisOptions.of(url).withRetry(HASTY))) {
                assertThat(sets.manifest("data")).isEmpty();
                assertThatThrownBy(() -> sets.manifest("other"))
                        .hasMessageContaining("extend its ACL")
                        .hasMessageNotContaining("secret");
                long begin = System.nanoTime();
                assertThatThrownBy(() -> sets.split(file, SplitOptions.of("data")))
                        .hasMessageContaining("NOPERM")
                        .extracting(failure -> ((ShelfException) failure).code())
                        .isEqualTo(ErrorCode.FORBIDDEN);
                assertThat(Duration.ofNanos(System.nanoTime() - begin))
                        .isLessThan(Duration.ofSeconds(20));
            }
            roundTrip(RedisOptions.of(redis.url()));
        }
    }

    @Test
    void byPasswordIntoADatabaseOfAnotherNumber() throws IOException {
        try (PrivateRedis redis = PrivateRedis.start("--requirepass", "word")) {
            String url = redis.url().replace("//", "//:word@");
            try (DataSets third = DataSets.connect(RedisOptions.of(url.replaceFirst("/0$", "/3")));
                    DataSets first = DataSets.connect(RedisOptions.of(url))) {
                long rows = third.split(file, SplitOptions.of("data")).manifest().rows();
                assertThat(third.read(ReadOptions.of("data"), ReadTarget.nowhere()).rows())
                        .isEqualTo(rows);
                assertThat(first.list()).isEmpty();
            }
        }
    }

    @Test
    void throughAProxyThatKnowsNoClusterAndNoInfo() throws IOException {
        String[] gone = {"--rename-command", "CLUSTER", "", "--rename-command", "INFO", ""};
        try (PrivateRedis redis = PrivateRedis.start(gone)) {
            roundTrip(RedisOptions.of(redis.url()));
            RedisOptions cluster =
                    RedisOptions.of(redis.url())
                            .withMode(RedisOptions.Mode.CLUSTER)
                            .withRetry(HASTY);
            assertThatThrownBy(() -> DataSets.connect(cluster)).isInstanceOf(ShelfException.class);
        }
    }

    @Test
    void aServerThatIsTakenForAClusterSaysSo() throws IOException {
        try (PrivateRedis redis = PrivateRedis.start()) {
            RedisOptions cluster =
                    RedisOptions.of(redis.url())
                            .withMode(RedisOptions.Mode.CLUSTER)
                            .withRetry(HASTY);
            assertThatThrownBy(() -> DataSets.connect(cluster))
                    .hasMessageContaining("--cluster off")
                    .extracting(failure -> ((ShelfException) failure).code())
                    .isEqualTo(ErrorCode.INVALID_ARGUMENT);
        }
    }
}
