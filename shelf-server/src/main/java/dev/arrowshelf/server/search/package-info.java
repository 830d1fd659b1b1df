/// Vector search for clients: the owner's own search, its answers, its indexes kept fresh.
@NullMarked
package dev.arrowshelf.server.search;

import org.jspecify.annotations.NullMarked;
