/// The `arrowshelf` command: subcommands, config, and the wiring of the other modules.
@NullMarked
package dev.arrowshelf.cli;

import org.jspecify.annotations.NullMarked;
