/// Subcommands on data sets in Redis, one class each, and on the Arrow files they are made of.
@NullMarked
package dev.arrowshelf.cli.redis;

import org.jspecify.annotations.NullMarked;
