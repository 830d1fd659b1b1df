/// Rows of tables as people and scripts read them: text tables, JSON lines, Arrow files. The only
/// room here that knows vectors.
@NullMarked
package dev.arrowshelf.cli.rows;

import org.jspecify.annotations.NullMarked;
