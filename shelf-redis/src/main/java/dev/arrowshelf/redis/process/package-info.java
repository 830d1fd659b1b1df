/// Redis servers that this program starts for itself: for demos, benchmarks and tests.
@NullMarked
package dev.arrowshelf.redis.process;

import org.jspecify.annotations.NullMarked;
