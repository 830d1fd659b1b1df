/// Arrow tables in Redis: the door of the room.
@NullMarked
package dev.arrowshelf.redis;

import org.jspecify.annotations.NullMarked;
