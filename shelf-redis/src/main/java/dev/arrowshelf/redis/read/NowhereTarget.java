package dev.arrowshelf.redis.read;

import dev.arrowshelf.redis.ipc.BatchDecoder;
import dev.arrowshelf.redis.ipc.ScratchPool;
import dev.arrowshelf.redis.link.ChunkBytes;
import java.io.IOException;

/// Decodes every buffer of every batch on a few threads and drops it.
final class NowhereTarget implements ReadTarget {
    @Override
    public void take(DataSetStream stream, ScratchPool pool, Clock clock) throws IOException {
        Takers takers = new Takers();
        takers.run(() -> drain(takers, stream, pool, clock));
    }

    private static void drain(Takers takers, DataSetStream stream, ScratchPool pool, Clock clock) {
        try (BatchDecoder decoder = new BatchDecoder(stream.head().schema(), pool)) {
            for (DataSetStream.Values values = stream.next();
                    values != null;
                    values = stream.next()) {
                long since = System.nanoTime();
                long rows = 0;
                try {
                    takers.check();
                    for (ChunkBytes message : stream.messages(values)) {
                        rows += decoder.decode(message);
                    }
                } finally {
                    stream.giveBack(values);
                }
                clock.rows(rows, since);
            }
        }
    }
}
