/// Names in SQL: which table of the shelf each of them means.
@NullMarked
package dev.arrowshelf.sql.tables;

import org.jspecify.annotations.NullMarked;
