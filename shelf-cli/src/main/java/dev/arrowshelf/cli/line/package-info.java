/// What all subcommands share: how they are described, their options, the choice of the shelf,
/// errors and exit codes.
@NullMarked
package dev.arrowshelf.cli.line;

import org.jspecify.annotations.NullMarked;
