package dev.arrowshelf.server.control;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfStatus;
import dev.arrowshelf.store.owner.ShelfOwner;
import dev.arrowshelf.store.persist.SharedTier;
import dev.arrowshelf.store.tier.SharedTables;
import dev.arrowshelf.store.tier.TierAnswer;
import dev.arrowshelf.store.tier.TierAnswer.Outcome;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// The verbs of tables that other hosts share, and what a tier adds to others. Thread-safe; its
/// parts are the server's.
///
/// @param owner of the shelf
/// @param shared the tier's tables; null without a tier
record TierVerbs(ShelfOwner owner, @Nullable SharedTables shared) {
    private static final int HAS_TIER = 1;
    private static final int TAKES_OFF = 1;
    private static final int ON_A_MISS = 1;

    /// Bits of HELLO.
    int features() {
        return shared == null ? 0 : HAS_TIER;
    }

    ShelfStatus status() {
        return shared == null ? owner.status() : shared.status(owner.status());
    }

    boolean delete(byte[] key) {
        return shared == null ? owner.delete(key) : shared.delete(key);
    }

    void publish(Request request, Reply reply) {
        int flags = flags(request, TAKES_OFF);
        byte[] key = request.key();
        OptionalLong published =
                (flags & TAKES_OFF) != 0 ? sharing().demote(key) : sharing().publish(key);
        reply.u64(published.orElse(0));
    }

    void promote(Request request, Reply reply) {
        int flags = flags(request, ON_A_MISS);
        byte[] key = request.key();
        long least = request.u64();
        TierAnswer answer;
        if ((flags & ON_A_MISS) == 0) {
            answer = sharing().promote(key, least);
        } else {
            answer = shared == null ? new TierAnswer(Outcome.MISSING, 0) : shared.readThrough(key);
        }
        reply.u8(answer.outcome().code())
                .u64(answer.published())
                .text(shared == null ? SharedTier.ON : shared.state());
    }

    private static int flags(Request request, int known) {
        int flags = request.u32();
        if ((flags & ~known) != 0) {
            throw new ShelfException(ErrorCode.PROTOCOL, "unknown flags: flags=" + flags);
        }
        return flags;
    }

    private SharedTables sharing() {
        if (shared == null) {
            throw SharedTables.noTier();
        }
        return shared;
    }
}
