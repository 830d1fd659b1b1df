/// Data sets as a whole: published, replaced, found, removed.
@NullMarked
package dev.arrowshelf.redis.publish;

import org.jspecify.annotations.NullMarked;
