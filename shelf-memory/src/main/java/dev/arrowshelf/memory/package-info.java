/// Files, mappings and pages of shared memory: what the kernel offers, with the JDK alone.
///
/// Nothing here knows Arrow, tables or policies. Failures are [java.io.IOException]s of this
/// package or of `java.nio.file`; wrong arguments are [IllegalArgumentException]s. Linux on x86_64
/// or aarch64 is needed by whatever touches a file or a mapping, and is asked for at first use.
@NullMarked
package dev.arrowshelf.memory;

import org.jspecify.annotations.NullMarked;
