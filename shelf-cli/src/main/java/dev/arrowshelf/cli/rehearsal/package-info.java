/// What makes a fresh daemon answer its first requests as fast as its thousandth: everything
/// clients ask for, done often on a shelf that nobody sees, once when the program is built and once
/// after each start.
@NullMarked
package dev.arrowshelf.cli.rehearsal;

import org.jspecify.annotations.NullMarked;
