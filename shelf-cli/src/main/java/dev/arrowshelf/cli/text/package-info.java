/// What commands print: names made safe, figures, tables, JSON, a progress bar. No Arrow, no I/O
/// but the given stream.
@NullMarked
package dev.arrowshelf.cli.text;

import org.jspecify.annotations.NullMarked;
