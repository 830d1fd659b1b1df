/// Benchmarks as plain main classes; each class says how to run it.
@NullMarked
package dev.arrowshelf.bench;

import org.jspecify.annotations.NullMarked;
