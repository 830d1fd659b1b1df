/// Mapped memory between processes: regions, the control block, the warm pool, leases. JDK only.
@NullMarked
package dev.arrowshelf.memory;

import org.jspecify.annotations.NullMarked;
