/// Running statements: the database instance and its sandbox, connections, the queue in front of
/// them, what may run, and errors in the shelf's words.
@NullMarked
package dev.arrowshelf.sql.session;

import org.jspecify.annotations.NullMarked;
