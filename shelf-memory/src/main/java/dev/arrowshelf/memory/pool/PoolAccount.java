package dev.arrowshelf.memory.pool;

/// Counts the pool's bytes together with everything else that has a common limit.
///
/// Called under the pool's lock: it must be quick, and must not call the pool.
public interface PoolAccount {
    /// Counts bytes that the pool is about to have, if there is room for them; returns whether
    /// there is.
    boolean grow(long bytes);

    /// Counts bytes that the pool has already, room or not.
    void add(long bytes);

    /// Counts bytes that the pool has no more.
    void shrink(long bytes);
}
