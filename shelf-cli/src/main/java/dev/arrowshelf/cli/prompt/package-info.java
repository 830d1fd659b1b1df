/// The prompt of `arrowshelf sql`, and the statements that it reads where nobody types.
@NullMarked
package dev.arrowshelf.cli.prompt;

import org.jspecify.annotations.NullMarked;
