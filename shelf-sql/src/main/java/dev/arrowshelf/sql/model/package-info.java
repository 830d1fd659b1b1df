/// What callers hand to the engine: options and requests.
@NullMarked
package dev.arrowshelf.sql.model;

import org.jspecify.annotations.NullMarked;
