/// The way to Redis: one server, a cluster, or sentinels behind one interface; values go from and
/// to mapped memory; failures are told apart and retried where that helps. Knows nothing of Arrow.
@NullMarked
package dev.arrowshelf.redis.link;

import org.jspecify.annotations.NullMarked;
