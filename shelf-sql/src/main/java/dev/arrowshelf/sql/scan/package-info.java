/// How a query reads tables: which tables it holds, which rows a thread takes next, and the table
/// function through which DuckDB asks for them.
@NullMarked
package dev.arrowshelf.sql.scan;

import org.jspecify.annotations.NullMarked;
