/// What tests of several modules share: seeded generators, fakes, invariant checks.
@NullMarked
package dev.arrowshelf.testkit;

import org.jspecify.annotations.NullMarked;
