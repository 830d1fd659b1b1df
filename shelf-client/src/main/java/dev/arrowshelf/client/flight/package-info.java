/// A shelf on another host: tables are streamed over Flight.
@NullMarked
package dev.arrowshelf.client.flight;

import org.jspecify.annotations.NullMarked;
