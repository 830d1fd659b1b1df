/// How far a long step has come.
@NullMarked
package dev.arrowshelf.redis.progress;

import org.jspecify.annotations.NullMarked;
