/// From Arrow files into Redis.
@NullMarked
package dev.arrowshelf.redis.split;

import org.jspecify.annotations.NullMarked;
