/// The demo: chapters that show on this machine what the shelf does, with real processes and
/// figures measured there and then.
@NullMarked
package dev.arrowshelf.cli.demo;

import org.jspecify.annotations.NullMarked;
