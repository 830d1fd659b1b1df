/// Record batches of a mapped table as structures of the Arrow C data interface, without vectors.
@NullMarked
package dev.arrowshelf.sql.arrow;

import org.jspecify.annotations.NullMarked;
