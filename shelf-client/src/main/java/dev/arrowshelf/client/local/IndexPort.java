package dev.arrowshelf.client.local;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// Has the owner of a shelf build vector indexes (docs/spec/local-protocol.md). A build goes on
/// when its client is gone.
///
/// Thread rule: safe for several threads. Memory rule: owns its connections until [#close()].
///
/// Errors: what the owner answers; `UNAVAILABLE` when none does.
public final class IndexPort implements AutoCloseable {
    private final LinkPool links;

    private IndexPort(LinkPool links) {
        this.links = links;
    }

    /// Connects to the owner of a directory. Error: `UNAVAILABLE` when none answers.
    public static IndexPort connect(Path directory) {
        LinkPool links = new LinkPool(directory.toAbsolutePath().normalize());
        links.giveBack(links.take());
        return new IndexPort(links);
    }

    /// Begins a build, and returns its number at once.
    public long build(Order order) {
        return links.request(
                LocalVerb.INDEX_BUILD,
                request -> {
                    request.bytes(utf8(order.table())).u32(order.columns().size());
                    order.columns().forEach(column -> request.bytes(utf8(column)));
                    request.bytes(utf8(order.metric()))
                            .bytes(utf8(order.index()))
                            .u32(order.lists())
                            .bytes(utf8(order.storage()));
                },
                Frame.Answer::u64);
    }

    /// Returns how far a build is: as soon as it is over, at the latest after a time. Error:
    /// `NOT_FOUND` when there was none, or it is forgotten.
    public OwnerBuild state(long build, Duration wait) {
        return links.request(
                LocalVerb.INDEX_STATE,
                request -> request.u64(build).u32(Math.toIntExact(wait.toMillis())),
                answer -> OwnerBuild.parse(answer.text()));
    }

    /// Ends a build at its next step; returns whether it was not over.
    public boolean cancel(long build) {
        return links.request(
                LocalVerb.INDEX_CANCEL, request -> request.u64(build), answer -> answer.u8() == 1);
    }

    /// Returns the owner's builds, the oldest first; those that are over for a while.
    public List<OwnerBuild> builds() {
        return links.request(
                LocalVerb.INDEX_LIST, _ -> {}, answer -> OwnerBuild.parseAll(answer.text()));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        links.close();
    }

    /// What to build.
    ///
    /// @param table its name
    /// @param columns empty: as the table offers
    /// @param metric `l2`, `ip`, `cosine` or `haversine`
    /// @param index `auto`, `kd`, `ivf` or `hnsw`
    /// @param lists lists or links; 0: as usual
    /// @param storage `auto`, `float32`, `float16` or `int8`
    public record Order(
            String table,
            List<String> columns,
            String metric,
            String index,
            int lists,
            String storage) {
        /// Copies the columns.
        public Order {
            columns = List.copyOf(columns);
        }
    }
}
