/// Queries of clients: the engine, what is asked of it, and how answers are handed over.
@NullMarked
package dev.arrowshelf.server.sql;

import org.jspecify.annotations.NullMarked;
