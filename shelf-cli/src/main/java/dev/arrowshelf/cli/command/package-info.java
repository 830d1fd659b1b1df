/// The subcommands, one class each. They choose and print; the work is done in the rooms below.
@NullMarked
package dev.arrowshelf.cli.command;

import org.jspecify.annotations.NullMarked;
