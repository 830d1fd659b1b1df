package dev.arrowshelf.server.control;

import dev.arrowshelf.server.json.IndexJson;
import dev.arrowshelf.server.search.SearchService;
import dev.arrowshelf.vector.index.IndexBuild;
import dev.arrowshelf.vector.model.BuildRequest;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.IndexSettings;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.Storage;
import java.time.Duration;
import java.util.List;

/// The verbs about vector indexes: built in the background, listed, dropped. Thread-safe; builds
/// belong to no connection, so they go on when their client is gone.
///
/// @param service the server's
record IndexVerbs(SearchService service) {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

    void build(Request request, Reply reply) {
        String table = request.text();
        List<String> columns = SearchVerbs.columns(request);
        Metric metric = Metric.parse(request.text());
        IndexKind kind = IndexKind.parse(request.text());
        int lists = request.u32();
        Storage storage = Storage.parse(request.text());
        BuildRequest wanted =
                new BuildRequest(table, columns, metric, kind, new IndexSettings(lists, storage));
        reply.u64(service.start(wanted).id());
    }

    /// Waits until the build is over, but not longer than the client wants.
    void state(Request request, Reply reply) {
        IndexBuild build = service.build(request.u64());
        Duration wait = Duration.ofMillis(Integer.toUnsignedLong(request.u32()));
        if (!wait.isZero()) {
            build.await(wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT);
        }
        reply.text(IndexJson.of(build.state()));
    }

    void cancel(Request request, Reply reply) {
        reply.u8(service.build(request.u64()).cancel() ? 1 : 0);
    }

    void list(Reply reply) {
        reply.text(
                IndexJson.of(
                        service.indexes(),
                        service.builds().stream().map(IndexBuild::state).toList()));
    }

    void drop(Request request, Reply reply) {
        reply.u32(service.drop(request.text()));
    }
}
