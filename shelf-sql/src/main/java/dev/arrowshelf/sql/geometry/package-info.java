/// Functions about geometries, which DuckDB's core lacks: over well-known binary, by JTS.
@NullMarked
package dev.arrowshelf.sql.geometry;

import org.jspecify.annotations.NullMarked;
