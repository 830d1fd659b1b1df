/// From Redis into files, shelves, or nowhere.
@NullMarked
package dev.arrowshelf.redis.read;

import org.jspecify.annotations.NullMarked;
