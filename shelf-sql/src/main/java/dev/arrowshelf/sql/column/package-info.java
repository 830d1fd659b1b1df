/// Values of Arrow columns as DuckDB's vectors hold them.
@NullMarked
package dev.arrowshelf.sql.column;

import org.jspecify.annotations.NullMarked;
