/// Arrow Flight: tables listed, described, streamed out of the mapped segments and into new ones,
/// for clients that need nothing of ours.
@NullMarked
package dev.arrowshelf.server.flight;

import org.jspecify.annotations.NullMarked;
