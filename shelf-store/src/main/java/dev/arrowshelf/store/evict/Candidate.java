package dev.arrowshelf.store.evict;

/// A table as policies see it. Not thread-safe: whoever holds the policy guards it.
public final class Candidate {
    private final String name;
    private final long order;
    private final long bytes;
    private final long createdMillis;
    private final long expiresMillis;
    private long lastUseMillis;
    private long lastOrder;
    private long uses;

    /// Describes a table that was just put.
    ///
    /// @param order counts up with each put
    /// @param expiresMillis when it ends by itself; 0: never
    public Candidate(String name, long order, long bytes, long createdMillis, long expiresMillis) {
        this.name = name;
        this.order = order;
        this.bytes = bytes;
        this.createdMillis = createdMillis;
        this.expiresMillis = expiresMillis;
        this.lastUseMillis = createdMillis;
        this.lastOrder = order;
    }

    /// Returns what names the table over its generations.
    public String name() {
        return name;
    }

    /// Returns its place in the order of puts.
    public long order() {
        return order;
    }

    /// Returns the bytes it takes.
    public long bytes() {
        return bytes;
    }

    /// Returns when it was put.
    public long createdMillis() {
        return createdMillis;
    }

    /// Returns when it ends by itself; 0: never.
    public long expiresMillis() {
        return expiresMillis;
    }

    /// Returns when it was used last.
    public long lastUseMillis() {
        return lastUseMillis;
    }

    /// Returns the place of its last use in the order of all uses and puts.
    long lastOrder() {
        return lastOrder;
    }

    /// Returns how often it was used.
    public long uses() {
        return uses;
    }

    void enter(long useOrder) {
        lastOrder = useOrder;
    }

    void use(long times, long nowMillis, long useOrder) {
        uses += times;
        lastUseMillis = Math.max(lastUseMillis, nowMillis);
        lastOrder = useOrder;
    }
}
