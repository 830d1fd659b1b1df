/// Tables of shelves in Redis, for shelves on other hosts.
@NullMarked
package dev.arrowshelf.redis.tier;

import org.jspecify.annotations.NullMarked;
