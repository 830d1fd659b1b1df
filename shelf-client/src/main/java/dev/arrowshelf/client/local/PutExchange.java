package dev.arrowshelf.client.local;

import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/// The connection of one open put, from its first request to its end.
///
/// Thread rule: one thread at a time. Memory rule: gives its connection back when the put is
/// committed, aborted, or did not begin.
final class PutExchange {
    private final LinkPool links;
    private final String name;
    private ControlLink link;
    private boolean finished;

    PutExchange(LinkPool links, byte[] key) {
        this.links = links;
        this.name = new String(key, StandardCharsets.UTF_8);
        this.link = links.take();
    }

    /// Runs what begins the put; the connection goes back when it fails.
    <T> T begun(Supplier<T> begin) {
        try {
            return begin.get();
        } catch (RuntimeException failure) {
            finish();
            throw failure;
        }
    }

    /// Sends the request that begins a put; where an idle connection turns out to be broken, a new
    /// one is made.
    <T> T first(LocalVerb verb, Consumer<Frame> parts, Function<Frame.Answer, T> reader) {
        try {
            return link.request(verb, parts, reader);
        } catch (ShelfException failure) {
            if (!link.isBroken()) {
                throw failure;
            }
            link.close();
            link = links.connectFresh();
            return link.request(verb, parts, reader);
        }
    }

    <T> T next(LocalVerb verb, Consumer<Frame> parts, Function<Frame.Answer, T> reader) {
        return link.request(verb, parts, reader);
    }

    /// Reads what answers a commit, which ends the put.
    TableInfo committed(Frame.Answer answer) {
        TableInfo table =
                new TableInfo(
                        name,
                        answer.u64(),
                        answer.u64(),
                        answer.u64(),
                        0,
                        0,
                        InstantSource.system().millis());
        finish();
        return table;
    }

    /// Ends the put, unless it is over.
    void abort(long id) {
        if (!finished) {
            try {
                if (!link.isBroken()) {
                    link.request(LocalVerb.PUT_ABORT, request -> request.u64(id), _ -> true);
                }
            } catch (ShelfException _) {
                link.close(); // which aborts as well
            } finally {
                finish();
            }
        }
    }

    private void finish() {
        if (!finished) {
            finished = true;
            links.giveBack(link);
        }
    }
}
