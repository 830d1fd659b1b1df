/// Commands about how long tables stay and where: lifetimes, spill, persist and load, snapshots,
/// policies.
@NullMarked
package dev.arrowshelf.cli.keep;

import org.jspecify.annotations.NullMarked;
