/// DuckDB's C API, version 2, through `java.lang.foreign`: the only place that names its symbols.
@NullMarked
package dev.arrowshelf.sql.duckdb;

import org.jspecify.annotations.NullMarked;
