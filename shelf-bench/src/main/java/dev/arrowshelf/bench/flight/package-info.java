/// What the Flight benchmark is made of: servers to compare, and a client that costs next to
/// nothing.
@NullMarked
package dev.arrowshelf.bench.flight;

import org.jspecify.annotations.NullMarked;
