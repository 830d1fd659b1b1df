/// SQL over a shelf: [dev.arrowshelf.sql.SqlEngine] runs one reading statement at a time over
/// tables where they lie, [dev.arrowshelf.sql.SqlResult] is what comes back.
@NullMarked
package dev.arrowshelf.sql;

import org.jspecify.annotations.NullMarked;
