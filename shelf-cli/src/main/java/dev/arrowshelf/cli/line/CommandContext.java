package dev.arrowshelf.cli.line;

import dev.arrowshelf.cli.text.Terminal;

/// What a subcommand runs with.
///
/// @param terminal the standard streams
/// @param global the options that every subcommand takes
public record CommandContext(Terminal terminal, GlobalOptions global) {
    /// Returns the shelf that the options, the environment and the config file choose together.
    public ShelfChoice choice() {
        return new ShelfChoice(global.settings());
    }
}
