/// Vector search as Flight asks for it.
@NullMarked
package dev.arrowshelf.server.flight.search;

import org.jspecify.annotations.NullMarked;
