package dev.arrowshelf.store.tier;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfStatus;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.owner.ShelfOwner;
import dev.arrowshelf.store.persist.SharedTier;
import dev.arrowshelf.store.tier.TierAnswer.Outcome;
import dev.arrowshelf.store.tier.TierJournal.Copy;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// A shelf's tables that shelves of other hosts share through a tier.
///
/// Thread-safe. What a name has here is one of two things: a table that was put here, which nothing
/// but an explicit [#promote] replaces; or a copy of the tier's, which [TierRefresh] replaces when
/// a later one was published. No table of the tier is served that is older than one this host was
/// told of, by publishing, fetching, or comparing.
///
/// Memory rule: owns the tier and a thread until [#close]; the owner is the caller's, and is closed
/// later.
public final class SharedTables implements AutoCloseable {
    private static final Logger LOG = System.getLogger(SharedTables.class.getName());
    private static final int TRIES = 10;

    private final ShelfOwner owner;
    private final SharedTier tier;
    private final TierJournal journal;
    private final TierRefresh refresh;
    private final Map<String, CompletableFuture<TierAnswer>> flights = new ConcurrentHashMap<>();

    private SharedTables(ShelfOwner owner, SharedTier tier, TierOptions options)
            throws IOException {
        this.owner = owner;
        this.tier = tier;
        this.journal = new TierJournal(owner.directory().resolve("tier"));
        this.refresh = new TierRefresh(owner, tier, journal, this::renew, options);
    }

    /// Begins to share; the tier need not answer yet.
    public static SharedTables open(ShelfOwner owner, SharedTier tier, TierOptions options) {
        try {
            SharedTables tables = new SharedTables(owner, tier, options);
            tables.refresh.start();
            owner.beforeDrop(tables::keep);
            return tables;
        } catch (IOException failure) {
            throw failed(failure);
        }
    }

    /// Stores a table in the tier, so that other shelves find it, and returns its generation there;
    /// empty when this shelf has none. A copy of what the tier still has is not stored again.
    ///
    /// @throws ShelfException `UNAVAILABLE`, `OUT_OF_MEMORY` of the tier, `ALREADY_EXISTS` when
    ///   another host that began later published meanwhile
    public OptionalLong publish(byte[] key) {
        Stored stored = stored(key);
        return stored == null ? OptionalLong.empty() : OptionalLong.of(stored.published());
    }

    /// Stores a table in the tier and takes it off this shelf, unless it was replaced meanwhile.
    /// The next use brings it back.
    public OptionalLong demote(byte[] key) {
        Stored stored = stored(key);
        if (stored == null) {
            return OptionalLong.empty();
        }
        boolean _ = owner.delete(key, stored.local());
        return OptionalLong.of(stored.published());
    }

    private record Stored(long local, long published) {}

    private @Nullable Stored stored(byte[] key) {
        String name = name(key);
        try {
            TableInfo info = owner.info(key);
            if (info == null) {
                return null;
            }
            Copy copy = journal.find(name);
            if (copy != null
                    && copy.local() == info.generation()
                    && tier.generations(List.of(name)).getFirst() >= copy.published()) {
                return new Stored(info.generation(), copy.published());
            }
            TierPassage passage = new TierPassage(tier, 0);
            if (!owner.store(key, passage)) {
                return null;
            }
            journal.same(name, passage.local(), passage.published());
            return new Stored(passage.local(), passage.published());
        } catch (IOException failure) {
            throw failed(failure);
        }
    }

    /// Puts the tier's table of a name on this shelf, in place of what it has, unless that is the
    /// tier's latest already.
    ///
    /// @param least the least generation that will do, told by whoever published; 0 for any
    /// @throws ShelfException `UNAVAILABLE` when the tier does not answer, or has only an older
    ///   generation than that, or than one this host knew of; `INCOMPLETE`, `CORRUPT`,
    ///   `OUT_OF_MEMORY`
    public TierAnswer promote(byte[] key, long least) {
        String name = name(key);
        try {
            if (least > 0) {
                journal.told(name, least);
            }
            TableInfo info = owner.info(key);
            Copy copy = journal.find(name);
            if (info != null && copy != null && copy.local() == info.generation()) {
                long latest = tier.generations(List.of(name)).getFirst();
                if (latest <= copy.published() && copy.published() >= copy.told()) {
                    return new TierAnswer(Outcome.HERE, copy.published());
                }
            }
            TierAnswer answer = joined(key, true);
            if (answer.outcome() == Outcome.MISSING && info != null && copy != null) {
                boolean _ = owner.delete(key, copy.local()); // it was deleted for all hosts
            }
            return answer.published() < journal.told(name) && answer.published() > 0
                    ? joined(key, true) // it was under way before we were told
                    : answer;
        } catch (IOException failure) {
            throw failed(failure);
        }
    }

    /// Fetches a table that this shelf lacks; concurrent callers wait for one fetch. A tier that is
    /// down has nothing: [#state] says so.
    ///
    /// @throws ShelfException `INCOMPLETE`, `CORRUPT`, `OUT_OF_MEMORY`
    public TierAnswer readThrough(byte[] key) {
        if (owner.info(key) != null) {
            return here(key);
        }
        try {
            return joined(key, false);
        } catch (ShelfException failure) {
            if (failure.code() == ErrorCode.UNAVAILABLE) {
                return TierAnswer.MISSING;
            }
            throw failure;
        }
    }

    private TierAnswer here(byte[] key) {
        TableInfo info = owner.info(key);
        Copy copy = journal.find(name(key));
        if (info == null || copy == null || copy.local() != info.generation()) {
            return new TierAnswer(Outcome.HERE, 0);
        }
        return new TierAnswer(Outcome.HERE, copy.published());
    }

    /// Stores what eviction is about to drop. Where the tier fails it is dropped all the same, as
    /// without one: the put that needs its memory waits for it.
    private void keep(byte[] key) {
        try {
            Stored _ = stored(key);
        } catch (ShelfException failure) {
            LOG.log(Level.WARNING, "table is dropped without the tier: name=" + name(key), failure);
        }
    }

    /// Deletes a table here, and for all hosts where this one knows it to be published. Returns
    /// whether there was one here.
    ///
    /// @throws ShelfException `UNAVAILABLE` when the tier does not answer: it is deleted here then,
    ///   and does not come back here; deleting it once more ends it for the others
    public boolean delete(byte[] key) {
        boolean existed = owner.delete(key);
        String name = name(key);
        long told = journal.told(name);
        if (told > 0) {
            try {
                journal.told(name, told + 1);
                journal.told(name, tier.bury(name));
            } catch (IOException failure) {
                throw failed(failure);
            }
        }
        return existed;
    }

    /// Returns what a shelf without a tier answers to who wants to share.
    public static ShelfException noTier() {
        return new ShelfException(
                ErrorCode.INVALID_ARGUMENT,
                "shelf has no tier behind it (start the daemon with --redis-url)");
    }

    /// Returns a status that says how the tier is.
    public ShelfStatus status(ShelfStatus status) {
        Map<String, String> features = new HashMap<>(status.features());
        features.put("tier", state());
        List<String> warnings = new ArrayList<>(status.warnings());
        if (!state().equals(SharedTier.ON)) {
            warnings.add("tier is down, copies of its tables are not compared with it: " + state());
        }
        return new ShelfStatus(
                status.directory(),
                status.address(),
                status.ownerPid(),
                status.tables(),
                status.memory(),
                status.traffic(),
                features,
                warnings);
    }

    /// Returns [SharedTier#ON], or why the tier cannot be used now.
    public String state() {
        return tier.state();
    }

    /// One fetch of a name at a time; who comes meanwhile takes part in it.
    private TierAnswer joined(byte[] key, boolean replace) {
        String name = name(key);
        CompletableFuture<TierAnswer> mine = new CompletableFuture<>();
        CompletableFuture<TierAnswer> other = flights.putIfAbsent(name, mine);
        if (other != null) {
            return awaited(other);
        }
        try {
            TierAnswer answer = fetched(key, replace);
            mine.complete(answer);
            return answer;
        } catch (Throwable failure) {
            mine.completeExceptionally(failure);
            throw failure;
        } finally {
            flights.remove(name, mine);
        }
    }

    private static TierAnswer awaited(CompletableFuture<TierAnswer> other) {
        try {
            return other.join();
        } catch (CompletionException failure) {
            if (failure.getCause() instanceof ShelfException typed) {
                throw typed;
            }
            throw failure;
        }
    }

    private TierAnswer fetched(byte[] key, boolean replace) {
        String name = name(key);
        for (int tries = 1; ; tries++) {
            if (!replace && owner.info(key) != null) {
                return here(key);
            }
            TierPassage passage = new TierPassage(tier, journal.told(name));
            try {
                TableInfo info =
                        owner.load(name, key, PutOptions.DEFAULT.withReplace(replace), passage);
                if (info == null) {
                    return TierAnswer.MISSING;
                }
                journal.same(name, info.generation(), passage.published());
                return new TierAnswer(Outcome.FETCHED, passage.published());
            } catch (ShelfException failure) {
                boolean raced = !replace && failure.code() == ErrorCode.ALREADY_EXISTS;
                if (tries == TRIES || !(raced || wasReplaced(name, passage, failure))) {
                    throw failure;
                }
            } catch (IOException failure) {
                throw failed(failure);
            }
        }
    }

    /// Whether a fetch failed because a later publication removed what it was reading. Before it is
    /// known what that is, the tier has seen to it.
    private boolean wasReplaced(String name, TierPassage passage, ShelfException failure) {
        boolean values =
                failure.code() == ErrorCode.INCOMPLETE || failure.code() == ErrorCode.CORRUPT;
        return values
                && passage.published() != 0
                && tier.generations(List.of(name)).getFirst() != passage.published();
    }

    /// Brings the later table in place of a copy. A table that was put here meanwhile stays.
    private void renew(String name, Copy copy) {
        byte[] key = name.getBytes(StandardCharsets.UTF_8);
        if (owner.delete(key, copy.local())) {
            TierAnswer _ = joined(key, false);
        }
    }

    private static String name(byte[] key) {
        return new String(key, StandardCharsets.UTF_8);
    }

    private static ShelfException failed(IOException failure) {
        return new ShelfException(
                ErrorCode.IO, "tables cannot be shared: error=" + failure.getMessage(), failure);
    }

    /// Stops comparing and lets go of the tier; tables stay where they are. Idempotent.
    @Override
    public void close() {
        refresh.close();
        tier.close();
    }
}
