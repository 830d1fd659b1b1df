/// What lies in Redis and how it is called: keys, the manifest, checksums.
/// docs/spec/redis-layout.md is the truth.
@NullMarked
package dev.arrowshelf.redis.layout;

import org.jspecify.annotations.NullMarked;
