/// Waiting for answers and bounding what is under way.
@NullMarked
package dev.arrowshelf.redis.flow;

import org.jspecify.annotations.NullMarked;
